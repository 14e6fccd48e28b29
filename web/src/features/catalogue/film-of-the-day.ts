// The film that stands large in the foyer: one of the popular ones, another one each day.
import type { TitleItem } from '@/api/types'

const AMONG = 10
const DAY_MS = 86_400_000

export function filmOfTheDay(popular: TitleItem[], today: Date): TitleItem | undefined {
  const day = Math.floor(Date.UTC(today.getFullYear(), today.getMonth(), today.getDate()) / DAY_MS)
  return popular[day % Math.max(1, Math.min(AMONG, popular.length))]
}
