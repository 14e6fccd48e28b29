// The state of an order, for the components that show it.
import type { Order } from '@/api/types'

export type PixAction = Extract<NonNullable<Order['next_action']>, { kind: 'pix' }>

/** The code with which the customer pays by Pix; null when there is nothing to pay. */
export function pixOf(order: Order): PixAction | null {
  return order.next_action?.kind === 'pix' ? order.next_action : null
}

/** Whether the store waits for the payment provider. An order that waits for the customer to pay a Pix is not undecided. */
export function isUndecided(order: Order): boolean {
  return (order.state === 'pending' || order.state === 'paid') && !pixOf(order)
}
