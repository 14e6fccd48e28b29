// When a title's offers end, for the row of films that leave the shop soon.
import type { TitleItem } from '@/api/types'
import { t } from '@/i18n'
import { formatDay } from '@/i18n/format'

export const SOON_DAYS = 30

/** The day on which the first of the offers ends; empty where none does, or none can be ordered. */
export function endsNote({ offers, playable }: Pick<TitleItem, 'offers' | 'playable'>): string {
  if (!playable) return ''
  const ends = offers.map((offer) => offer.available_until).filter((end) => end !== null)
  const first = ends.toSorted((one, other) => Date.parse(one) - Date.parse(other))[0]
  return first ? t('catalogue.until', { date: formatDay(first) }) : ''
}
