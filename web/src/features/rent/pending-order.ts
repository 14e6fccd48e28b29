// The orders for a film that wait for their payment, such as an unpaid Pix.
import { useInfiniteQuery } from '@tanstack/vue-query'
import { computed, type ComputedRef } from 'vue'

import { ordersQuery } from '@/api/queries'
import type { Order } from '@/api/types'
import { useSession } from '@/session'

/** Looks only among the latest orders: an order waits half an hour, and no customer places twenty others in that time. */
export function usePendingOrder(titleId: () => string): ComputedRef<Order[]> {
  const session = useSession()
  const { data } = useInfiniteQuery(() => ({ ...ordersQuery(), enabled: session.signedIn }))
  return computed(() => {
    const latest = data.value?.pages[0]?.orders ?? []
    return latest.filter(
      ({ state, items }) =>
        (state === 'pending' || state === 'paid') && items.some(({ title }) => title.id === titleId()),
    )
  })
}
