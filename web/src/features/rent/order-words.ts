// The state of an order, for the components that show it.
import type { Order } from '@/api/types'
import { t } from '@/i18n'

import { refundedText } from './refund-words'

export type PixAction = Extract<NonNullable<Order['next_action']>, { type: 'show_code' }>

/** The code with which the customer pays by Pix; null when there is nothing to pay. */
export function pixOf(order: Order): PixAction | null {
  return order.next_action?.type === 'show_code' ? order.next_action : null
}

export type RedirectAction = Extract<NonNullable<Order['next_action']>, { type: 'redirect' }>

/** The page of the payment provider where the customer pays; null when there is nothing to pay there. */
export function redirectOf(order: Order): RedirectAction | null {
  return order.next_action?.type === 'redirect' ? order.next_action : null
}

/** Until when the customer can pay an order that waits for them; null when it waits for nothing of theirs. */
export function payBy(order: Order): string | null {
  return (pixOf(order) ?? redirectOf(order))?.expires_at ?? null
}

/** Whether the store waits for the payment provider. An order that waits for its customer to pay is not undecided. */
export function isUndecided(order: Order): boolean {
  return (order.state === 'pending' || order.state === 'paid') && payBy(order) === null
}

/** The state in one or two words. */
export function stateWord({ state, refunds }: Order): string {
  return t(state === 'fulfilled' && refunds.length > 0 ? 'orders.partly_refunded' : `orders.state.${state}`)
}

/** What became of an order that gives nothing, or nothing any more, and of its money. */
export function endedWords(order: Order): { heading: string; text: string } {
  if (order.state === 'refunded') return { heading: t('orders.ended.refunded'), text: refundedText(order) }
  if (order.state === 'cancelled') return { heading: t('orders.ended.cancelled'), text: t('orders.cancelled_text') }
  return { heading: t('checkout.declined'), text: t(`checkout.decline.${order.decline_reason ?? 'other'}`) }
}
