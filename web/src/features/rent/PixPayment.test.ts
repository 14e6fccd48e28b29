import { screen, waitFor } from '@testing-library/vue'
import userEvent from '@testing-library/user-event'
import { afterEach, expect, test, vi } from 'vitest'
import { nextTick } from 'vue'

import { orderQuery, queryClient } from '@/api/queries'
import { hearStoreTime } from '@/store-clock'
import { order } from '@/testing/fixtures'
import { renderIn } from '@/testing/render'
import { json, problem, serve } from '@/testing/server'

import type { PixAction } from './order-words'
import PixPayment from './PixPayment.vue'

const CODE = '00020101021226sandbox6304ABCD'

async function waiting(overrides: Partial<PixAction> = {}) {
  const pix: PixAction = {
    type: 'show_code',
    code: CODE,
    expires_at: '2026-11-24T12:15:00Z',
    sandbox: true,
    ...overrides,
  }
  await renderIn(PixPayment, { props: { order: order({ state: 'pending', next_action: pix }), pix } })
}

function at(now: string) {
  vi.useFakeTimers({ now: new Date(now), toFake: ['Date', 'setInterval', 'clearInterval'] })
}

/** The store answers by its own clock, which may differ from the browser's. */
async function answerAt(time: string): Promise<void> {
  const headers = { 'Content-Type': 'application/json', Date: new Date(time).toUTCString() }
  serve({ 'GET /api/v1/orders/order': () => new Response(JSON.stringify(order({ state: 'pending' })), { headers }) })
  await queryClient.fetchQuery(orderQuery('order'))
}

afterEach(() => hearStoreTime(new Date().toUTCString()))

test('the code can be scanned and copied, and its time runs down to its end', async () => {
  at('2026-11-24T12:00:00Z')
  await waiting()
  expect(await screen.findByRole('img', { name: /QR code/ })).toBeInTheDocument()
  expect(screen.getByLabelText('Pix copy and paste')).toHaveValue(CODE)
  expect(screen.getByTestId('pix-left')).toHaveTextContent('15 min 0 s left')
  vi.advanceTimersByTime(15 * 60_000)
  await nextTick()
  expect(screen.queryByLabelText('Pix copy and paste')).not.toBeInTheDocument()
  expect(screen.getByText(/what you paid in time still counts/)).toBeInTheDocument()
})

test('the time of a code is counted by the store’s clock', async () => {
  at('2026-11-24T12:00:00Z')
  await answerAt('2026-11-26T13:00:00Z')
  await waiting({ expires_at: '2026-11-26T13:15:00Z' })
  expect(await screen.findByTestId('pix-left')).toHaveTextContent('15 min 0 s left')
})

test('an open page learns with the next answer that the store’s clock has moved', async () => {
  at('2026-11-24T12:00:00Z')
  await waiting()
  expect(await screen.findByTestId('pix-left')).toHaveTextContent('15 min 0 s left')
  await answerAt('2026-11-26T13:00:00Z')
  await nextTick()
  expect(screen.queryByTestId('pix-left')).not.toBeInTheDocument()
  expect(screen.getByText(/what you paid in time still counts/)).toBeInTheDocument()
})

test('the sandbox has a button that pays', async () => {
  at('2026-11-24T12:00:00Z')
  const received = serve({ 'POST /api/v1/sandbox/orders/order/payment': () => json(order()) })
  await waiting()
  await userEvent.click(screen.getByRole('button', { name: 'Pay in the sandbox' }))
  await waitFor(() => expect(queryClient.getQueryData(orderQuery('order').queryKey)?.state).toBe('fulfilled'))
  expect(received).toHaveLength(1)
})

test('a real provider has no such button', async () => {
  at('2026-11-24T12:00:00Z')
  await waiting({ sandbox: false })
  expect(screen.queryByRole('button', { name: 'Pay in the sandbox' })).not.toBeInTheDocument()
})

test('a refusal is shown, with what it means for the money', async () => {
  at('2026-11-24T12:00:00Z')
  serve({ 'POST /api/v1/orders/order/cancellation': () => problem(503, 'UNAVAILABLE') })
  await waiting()
  await userEvent.click(screen.getByRole('button', { name: 'Pay another way' }))
  expect(await screen.findByRole('alert')).toHaveTextContent(/not open|closed|reach|again/i)
})
