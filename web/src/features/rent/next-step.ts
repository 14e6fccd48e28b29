// What happens next for a visitor of a title's page, in one sentence.
import type { Entitlement, Offer } from '@/api/types'
import { t } from '@/i18n'
import { formatWindow } from '@/i18n/format'

/** Empty where there is no next step. */
export function nextStep(open: Offer[], held: Entitlement | null, signedIn: boolean): string {
  if (held?.state === 'not_started') {
    return t('rent.next_play', { window: formatWindow(held.viewing_window_hours ?? 0) })
  }
  if (held?.state === 'started') return t('rent.next_finish')
  const rent = open.find(({ kind }) => kind === 'rent')
  if (!open.length) return ''
  const pay = t(signedIn ? 'rent.next_pay' : 'rent.next_sign_in')
  const after = rent?.viewing_window_hours
    ? t('rent.next_rented', { window: formatWindow(rent.viewing_window_hours) })
    : t('rent.next_bought')
  return `${pay} ${after}`
}
