// The orders for a film, among the customer's latest ones: those that wait for their payment, such as an unpaid Pix, and the one
// that can be refunded.
import { useInfiniteQuery } from '@tanstack/vue-query'
import { computed, type ComputedRef } from 'vue'

import { ordersQuery } from '@/api/queries'
import type { Order } from '@/api/types'
import { useSession } from '@/session'
import { useNow } from '@/ui/now'

import { isRefundable } from './refund-words'

function useLatestOrders(): ComputedRef<Order[]> {
  const session = useSession()
  const { data } = useInfiniteQuery(() => ({ ...ordersQuery(), enabled: session.signedIn }))
  return computed(() => data.value?.pages[0]?.orders ?? [])
}

/** Looks only among the latest orders: an order waits half an hour, and no customer places twenty others in that time. */
export function usePendingOrder(titleId: () => string): ComputedRef<Order[]> {
  const latest = useLatestOrders()
  return computed(() =>
    latest.value.filter(
      ({ state, items }) =>
        (state === 'pending' || state === 'paid') && items.some(({ title }) => title.id === titleId()),
    ),
  )
}

/** The order that gave this entitlement, while it can be refunded. Older orders are in the list of all orders. */
export function useRefundableOrder(entitlementId: () => string | undefined): ComputedRef<Order | undefined> {
  const latest = useLatestOrders()
  const now = useNow()
  return computed(() =>
    latest.value.find(
      (order) => isRefundable(order, now.value) && order.entitlements.some(({ id }) => id === entitlementId()),
    ),
  )
}
