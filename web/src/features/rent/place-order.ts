// Placing an order from the checkout: what is sent, what each answer means, and what to do next.
import { computed, onScopeDispose, ref, shallowRef } from 'vue'

import { answer, api } from '@/api/client'
import { hasCode, isPassing, type ProblemBody } from '@/api/problem'
import { keepOrder, refreshHoldings } from '@/api/queries'
import type { Money, Order, PlaceOrder } from '@/api/types'

import { idempotencyKeys } from './idempotency-keys'
import { isUndecided, payBy } from './order-words'

const ASK_AGAIN_MS = 2_000
const ASK_AT_MOST = 30
const IN_PROGRESS_RETRIES = 5

export type CheckoutState =
  | { name: 'open' }
  | { name: 'sending' }
  | { name: 'waiting'; order: Order }
  /** Still undecided after a while: the store finishes it by itself. */
  | { name: 'undecided'; order: Order }
  /** Placed: fulfilled, or the customer pays it now, by Pix or on the provider's page. */
  | { name: 'done'; order: Order }
  | { name: 'declined'; reason: ProblemBody['decline_reason'] }
  /** Cancelled, or paid and refunded. */
  | { name: 'ended'; order: Order }
  /** Another order of this customer reserves the film. */
  | { name: 'other_order'; orderId: string }
  | { name: 'price_changed'; price: Money }
  /** The store may or may not have received the order; sending it again is safe. */
  | { name: 'unanswered' }
  | { name: 'refused'; error: unknown }

export function usePlaceOrder() {
  const state = shallowRef<CheckoutState>({ name: 'open' })
  const left = ref(false)
  const busy = computed(() => state.value.name === 'sending' || state.value.name === 'waiting')
  onScopeDispose(() => (left.value = true))

  async function place(order: PlaceOrder): Promise<void> {
    if (busy.value) return
    state.value = { name: 'sending' }
    try {
      await follow(await send(order))
    } catch (error) {
      state.value = afterFailure(error)
    }
    if (state.value.name !== 'unanswered') idempotencyKeys.decided()
  }

  /** After a lost answer the first call may still be running: the store then asks to come back in a moment. */
  async function send(order: PlaceOrder): Promise<Order> {
    for (let attempt = 1; ; attempt++) {
      const key = idempotencyKeys.keyFor(order)
      try {
        return await answer(api.POST('/api/v1/orders', { body: order, params: { header: { 'Idempotency-Key': key } } }))
      } catch (error) {
        if (!hasCode(error, 'ORDER_IN_PROGRESS') || attempt > IN_PROGRESS_RETRIES || left.value) throw error
        await rest((error.retryAfterSeconds ?? 1) * 1_000)
      }
    }
  }

  /** Polls until the order is decided. */
  async function follow(placed: Order): Promise<void> {
    let order = placed
    for (let asked = 0; isUndecided(order); asked++) {
      if (asked === ASK_AT_MOST || left.value) {
        state.value = { name: 'undecided', order }
        return
      }
      state.value = { name: 'waiting', order }
      await rest(ASK_AGAIN_MS)
      order = await askFor(order)
    }
    keepOrder(order)
    state.value = decided(order)
    if (order.state === 'fulfilled') await refreshHoldings()
  }

  function reset(): void {
    state.value = { name: 'open' }
  }

  return { state, busy, place, reset }
}

/** The order as it is now; without an answer, the order as it was. */
async function askFor(order: Order): Promise<Order> {
  try {
    return await answer(api.GET('/api/v1/orders/{order_id}', { params: { path: { order_id: order.id } } }))
  } catch (error) {
    if (isPassing(error)) return order
    throw error
  }
}

function decided(order: Order): CheckoutState {
  if (order.state === 'fulfilled' || payBy(order)) return { name: 'done', order }
  if (order.state === 'cancelled' || order.state === 'refunded') return { name: 'ended', order }
  return { name: 'declined', reason: order.decline_reason ?? undefined }
}

function afterFailure(error: unknown): CheckoutState {
  if (hasCode(error, 'PAYMENT_DECLINED')) return { name: 'declined', reason: error.body.decline_reason }
  if (hasCode(error, 'PRICE_CHANGED') && error.body.price) return { name: 'price_changed', price: error.body.price }
  if (hasCode(error, 'TITLE_BEING_ORDERED') && error.body.order_id)
    return { name: 'other_order', orderId: error.body.order_id }
  if (isPassing(error) || hasCode(error, 'ORDER_IN_PROGRESS')) return { name: 'unanswered' }
  return { name: 'refused', error }
}

function rest(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
