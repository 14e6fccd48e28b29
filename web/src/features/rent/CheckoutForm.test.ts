import { fireEvent, screen, waitFor } from '@testing-library/vue'
import userEvent from '@testing-library/user-event'
import { expect, test, vi } from 'vitest'

import { paymentMethodsQuery, queryClient } from '@/api/queries'
import type { OfferedMethod } from '@/api/types'
import { money, order, refund, rentOffer } from '@/testing/fixtures'
import { renderIn } from '@/testing/render'
import { json, networkFails, problem, type Received, serve } from '@/testing/server'

import CheckoutForm from './CheckoutForm.vue'

const ORDERS = 'POST /api/v1/orders'

const card: OfferedMethod = { method: 'card', provider: 'sandbox', sandbox: true, needs_token: true }
const pix: OfferedMethod = { method: 'pix', provider: 'sandbox', sandbox: true, needs_token: false }

async function checkout(methods = [card, pix]) {
  const offer = rentOffer()
  queryClient.setQueryData(paymentMethodsQuery(offer.price.currency_code).queryKey, methods)
  const user = userEvent.setup()
  const { emitted } = await renderIn(CheckoutForm, { props: { offer, price: offer.price } })
  const pay = () => user.click(screen.getByRole('button'))
  return { emitted, user, pay }
}

const keyOf = (call: Received | undefined) => call?.headers.get('Idempotency-Key')

test('an order names the offer, the price that the customer saw, and the card', async () => {
  const received = serve({ [ORDERS]: () => json(order(), 201) })
  const { emitted, pay } = await checkout()
  await pay()
  await waitFor(() => expect(emitted('done')).toHaveLength(1))
  expect(received[0]?.body).toEqual({
    items: [{ offer_id: 'offer-rent', price: money(1490) }],
    payment: { method: 'card', token: 'tok_visa' },
  })
  expect(keyOf(received[0])).toMatch(/^[0-9a-f]{32}$/)
})

test('after a lost answer the same key is sent again', async () => {
  const answers = [networkFails, () => json(order(), 201)]
  const received = serve({ [ORDERS]: () => answers.shift()?.() ?? networkFails() })
  const { emitted, pay } = await checkout()
  await pay()
  expect(await screen.findByRole('alert')).toHaveTextContent('Sending it again is safe')
  await pay()
  await waitFor(() => expect(emitted('done')).toHaveLength(1))
  expect(received).toHaveLength(2)
  expect(keyOf(received[1])).toBe(keyOf(received[0]))
})

test('after a decline nothing was charged, and the next attempt has a new key', async () => {
  const received = serve({
    [ORDERS]: () => problem(402, 'PAYMENT_DECLINED', { decline_reason: 'insufficient_funds' }),
  })
  const { user, pay } = await checkout()
  await pay()
  expect(await screen.findByRole('alert')).toHaveTextContent('not enough money on this card. Nothing was charged.')
  await user.click(screen.getByRole('radio', { name: /that is declined/ }))
  expect(screen.queryByRole('alert')).not.toBeInTheDocument()
  await pay()
  await screen.findByRole('alert')
  expect(keyOf(received[1])).not.toBe(keyOf(received[0]))
})

test('a changed price is shown and has to be confirmed', async () => {
  serve({ [ORDERS]: () => problem(409, 'PRICE_CHANGED', { price: money(1990) }) })
  const { emitted, pay } = await checkout()
  await pay()
  expect(await screen.findByRole('alert')).toHaveTextContent(/now R\$19\.90\. Nothing was charged/)
  expect(emitted('price')).toEqual([[money(1990)]])
})

test('an order by Pix has no card, and is placed when it waits for its payment', async () => {
  const next_action = { type: 'show_code' as const, code: '000201', expires_at: '2026-11-24T12:15:00Z', sandbox: true }
  const waiting = order({ state: 'pending', payment_method: 'pix', next_action, entitlements: [] })
  const received = serve({ [ORDERS]: () => json(waiting, 201) })
  const { emitted, user, pay } = await checkout()
  await user.click(screen.getByRole('radio', { name: 'Pix' }))
  await pay()
  await waitFor(() => expect(emitted('done')).toEqual([[waiting]]))
  expect(received[0]?.body).toMatchObject({ payment: { method: 'pix' } })
  expect(received).toHaveLength(1)
})

test('the checkout lists the methods that the store has for the currency', async () => {
  const received = serve({ 'GET /api/v1/store': () => json({ payment_methods: [card] }) })
  const offer = rentOffer({ price: money(499, 'USD') })
  await renderIn(CheckoutForm, { props: { offer, price: offer.price } })
  expect(await screen.findByRole('radio', { name: /Visa that is approved/ })).toBeInTheDocument()
  expect(screen.queryByRole('radio', { name: 'Pix' })).not.toBeInTheDocument()
  expect(received[0]?.url.search).toBe('?currency=USD')
})

test('a currency that no provider takes is said before anything is pressed', async () => {
  await checkout([])
  expect(screen.getByRole('status')).toHaveTextContent('This store takes no payments in BRL')
  expect(screen.queryByRole('button')).not.toBeInTheDocument()
})

test('a card is entered on the provider’s page, so that an order sends no token', async () => {
  const next_action = { type: 'redirect' as const, url: 'https://pay.example/1', expires_at: '2026-11-24T12:31:00Z' }
  const waiting = order({ state: 'pending', next_action, entitlements: [] })
  const received = serve({ [ORDERS]: () => json(waiting, 201) })
  const { emitted, pay } = await checkout([{ method: 'card', provider: 'stripe', sandbox: false, needs_token: false }])
  expect(screen.getByText(/on a secure page of Stripe/)).toBeInTheDocument()
  expect(screen.queryByRole('radio')).not.toBeInTheDocument()
  await pay()
  await waitFor(() => expect(emitted('done')).toEqual([[waiting]]))
  expect(received[0]?.body).toMatchObject({ payment: { method: 'card' } })
  expect(received[0]?.body).not.toHaveProperty('payment.token')
})

test('another order that reserves the film is named, with a link to it', async () => {
  serve({ [ORDERS]: () => problem(409, 'TITLE_BEING_ORDERED', { order_id: 'the-other' }) })
  const { pay } = await checkout()
  await pay()
  expect(await screen.findByRole('alert')).toHaveTextContent('nothing more was charged')
  expect(screen.getByRole('link')).toHaveAttribute('href', '/orders/the-other')
})

test.each(['cancelled', 'refunded'] as const)('an order that was %s says what became of the money', async (state) => {
  const refunds = state === 'refunded' ? [refund({ reason: 'already_held', ends_access: false })] : []
  serve({ [ORDERS]: () => json(order({ state, refunds, entitlements: [] }), 201) })
  const { pay } = await checkout()
  await pay()
  expect(await screen.findByRole('alert')).toHaveTextContent(
    state === 'cancelled' ? /Nothing was charged/ : /goes back the way it came/,
  )
})

test('the page polls an undecided order until it is decided', async () => {
  const states = ['pending', 'fulfilled'] as const
  let asked = 0
  serve({
    [ORDERS]: () => json(order({ state: 'pending', next_action: { type: 'wait' }, entitlements: [] }), 201),
    'GET /api/v1/orders/order': () => json(order({ state: states[asked++] ?? 'fulfilled' })),
  })
  const { emitted } = await checkout()
  vi.useFakeTimers()
  await fireEvent.click(screen.getByRole('button'))
  await vi.advanceTimersByTimeAsync(10)
  expect(screen.getByText(/Your bank is taking its time/)).toBeInTheDocument()
  await vi.advanceTimersByTimeAsync(4_000)
  expect(emitted('done')).toHaveLength(1)
  expect(asked).toBe(2)
})

test('while an order is being sent the button sends no second one', async () => {
  const received = serve({ [ORDERS]: () => new Promise<Response>(() => {}) })
  const { pay } = await checkout()
  await pay()
  await pay()
  expect(received).toHaveLength(1)
  expect(screen.getByRole('button')).toHaveTextContent('Paying…')
})

test('a session that ended is reported, so that the page can ask to sign in again', async () => {
  serve({ [ORDERS]: () => problem(401, 'UNAUTHENTICATED') })
  const { emitted, pay } = await checkout()
  await pay()
  await waitFor(() => expect(emitted('signedOut')).toHaveLength(1))
})
