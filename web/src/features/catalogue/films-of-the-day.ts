// The films on the stage: a few of the popular ones, beginning with another one each day.
import type { TitleItem } from '@/api/types'

import { apart } from './apart'

const AMONG = 10
const ON_STAGE = 5
const DAY_MS = 86_400_000

/** The gateway chooses the same first film by the same day, so that the page preloads its poster. */
export function filmsOfTheDay(popular: TitleItem[], now: number): TitleItem[] {
  const among = popular.slice(0, AMONG)
  const first = among.length ? Math.floor(now / DAY_MS) % among.length : 0
  return apart([...among.slice(first), ...among.slice(0, first)]).slice(0, ON_STAGE)
}
