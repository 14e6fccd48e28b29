// What an entitlement allows now, in words.
import type { Entitlement } from '@/api/types'
import { t } from '@/i18n'
import { formatDate, formatRemaining, formatWindow } from '@/i18n/format'

type Held = Omit<Entitlement, 'id'>

/** Whether it can be watched, as far as the browser can tell; the store decides. */
export function isWatchable(held: Held, now: number): boolean {
  return held.state === 'owned' || (held.state !== 'expired' && secondsLeft(held, now) > 0)
}

/** The text of the countdown. */
export function timeLeft(held: Held, now: number): string {
  if (held.state === 'owned') return t('library.owned')
  if (!isWatchable(held, now)) return t('library.expired')
  const left = formatRemaining(secondsLeft(held, now))
  if (held.state === 'started') return t('library.to_finish', { left })
  return t('library.to_start', { left, window: formatWindow(held.viewing_window_hours ?? 0) })
}

export function watchWord(held: Held): string {
  return held.resume_position_seconds > 0 ? t('library.continue') : t('library.watch')
}

export type Shelf = 'continue' | 'rented' | 'owned' | 'expired'

/** The part of the library that it belongs to. */
export function shelfOf(held: Held): Shelf {
  if (held.state === 'expired') return 'expired'
  if (held.resume_position_seconds > 0) return 'continue'
  return held.state === 'owned' ? 'owned' : 'rented'
}

/** When a rental ended: at the end of the start window, or of the viewing window if it was started; or that it was refunded. */
export function endedOn(held: Held): string {
  const end = held.watch_until ?? held.start_by
  return held.taken_back_at || !end ? t('library.ended_refunded') : t('library.ended_on', { date: formatDate(end) })
}

function secondsLeft(held: Held, now: number): number {
  const end = held.state === 'started' ? held.watch_until : held.start_by
  return end ? (Date.parse(end) - now) / 1_000 : 0
}
