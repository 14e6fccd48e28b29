// Where an order stands, for whoever shows it.
import type { Order } from '@/api/types'

export type PixAction = Extract<NonNullable<Order['next_action']>, { kind: 'pix' }>

/** What the customer pays by Pix with; null when there is nothing to pay. */
export function pixOf(order: Order): PixAction | null {
  return order.next_action?.kind === 'pix' ? order.next_action : null
}

/** Whether the store waits for the payment provider, and the customer for the store. */
export function isUndecided(order: Order): boolean {
  return (order.state === 'pending' || order.state === 'paid') && !pixOf(order)
}
