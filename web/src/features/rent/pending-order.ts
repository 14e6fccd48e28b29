// The orders for a film that wait for their payment: a Pix that was begun and left, say.
import { useInfiniteQuery } from '@tanstack/vue-query'
import { computed, type ComputedRef } from 'vue'

import { ordersQuery } from '@/api/queries'
import type { Order } from '@/api/types'
import { useSession } from '@/session'

/** Those among the latest orders: a payment is waited for half an hour, and nobody begins twenty others in that time. */
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
