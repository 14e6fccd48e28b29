// Offers in words: "Rent for R$ 14,90", "30 days to start, 48 h to finish".
import type { Entitlement, Money, Offer } from '@/api/types'
import { t } from '@/i18n'
import { formatMoney, formatWindow } from '@/i18n/format'
import type { IconName } from '@/ui/icons'

export interface Term {
  icon: IconName
  words: string
}

type Windows = Pick<Offer, 'start_window_hours' | 'viewing_window_hours'>

export function offerName(kind: Offer['kind'], price: Money): string {
  return t(kind === 'rent' ? 'rent.rent_for' : 'rent.buy_for', { price: formatMoney(price) })
}

export function offerTerms({ kind, ...windows }: Pick<Offer, 'kind'> & Windows): string {
  return kind === 'rent' ? windowWords(windows) : t('rent.buy_terms')
}

/** The same terms one by one, each with an icon. */
export function offerTermList({ kind, start_window_hours, viewing_window_hours }: Offer): Term[] {
  if (kind === 'buy') return [{ icon: 'infinity', words: t('rent.buy_terms') }]
  const terms: (Term | null)[] = [
    start_window_hours
      ? { icon: 'calendar', words: t('rent.to_start', { window: formatWindow(start_window_hours) }) }
      : null,
    viewing_window_hours
      ? { icon: 'clock', words: t('rent.to_finish', { window: formatWindow(viewing_window_hours) }) }
      : null,
  ]
  return terms.filter((term) => term !== null)
}

function windowWords({ start_window_hours, viewing_window_hours }: Windows): string {
  const start = start_window_hours ? t('rent.to_start', { window: formatWindow(start_window_hours) }) : ''
  const finish = viewing_window_hours ? t('rent.to_finish', { window: formatWindow(viewing_window_hours) }) : ''
  return [start, finish].filter(Boolean).join(', ')
}

/** Whether a customer who holds this entitlement can order the offer now. The store decides. */
export function canOrder(offer: Offer, held: Entitlement | null | undefined, now: number): boolean {
  if (offer.available_from && Date.parse(offer.available_from) > now) return false
  if (offer.available_until && Date.parse(offer.available_until) <= now) return false
  if (held?.state === 'owned') return false
  return !(offer.kind === 'rent' && (held?.state === 'not_started' || held?.state === 'started'))
}
