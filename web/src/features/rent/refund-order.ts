// Has the money of an order back, and loads again what that changes.
import { answer, api } from '@/api/client'
import { hasCode } from '@/api/problem'
import { keepOrder, refreshHoldings } from '@/api/queries'
import type { Order } from '@/api/types'

/** A repeated call changes nothing, so it may be sent again after a lost answer. */
export async function refundOrder(order_id: string): Promise<Order> {
  try {
    const order = await answer(api.POST('/api/v1/orders/{order_id}/refund', { params: { path: { order_id } } }))
    keepOrder(order)
    void refreshHoldings()
    return order
  } catch (error) {
    // The page shows an older state of the order than the store has.
    if (hasCode(error, 'REFUND_NOT_ALLOWED')) void refreshHoldings()
    throw error
  }
}
