import { screen, waitFor } from '@testing-library/vue'
import userEvent from '@testing-library/user-event'
import { afterEach, expect, test, vi } from 'vitest'

import { order } from '@/testing/fixtures'
import { renderIn } from '@/testing/render'
import { json, serve } from '@/testing/server'

import OrderOutcome from './OrderOutcome.vue'
import { paymentPage } from './payment-page'

async function waiting(url = 'https://pay.example/1') {
  vi.useFakeTimers({ now: new Date('2026-11-24T12:00:00Z'), toFake: ['Date'] })
  const next_action = { type: 'redirect' as const, url, expires_at: '2026-11-24T12:31:00Z' }
  await renderIn(OrderOutcome, { props: { order: order({ state: 'pending', next_action, entitlements: [] }) } })
}

afterEach(() => vi.useRealTimers())

test('an order that is paid on the provider’s page links there, and says until when', async () => {
  await waiting()
  expect(screen.getByRole('heading', { level: 1 })).toHaveTextContent('Pay R$14.90')
  expect(screen.getByRole('link', { name: 'Go to the payment page' })).toHaveAttribute('href', 'https://pay.example/1')
  expect(screen.getByText(/31 min 0 s left/)).toBeInTheDocument()
  expect(screen.getByRole('status')).toHaveTextContent('This page changes by itself')
})

test('an order that waits for its payment can be given up', async () => {
  const received = serve({
    'POST /api/v1/orders/order/cancellation': () => json(order({ state: 'cancelled', entitlements: [] })),
    'GET /api/v1/orders': () => json({ orders: [], next_page_token: null }),
  })
  await waiting()
  await userEvent.click(screen.getByRole('button', { name: 'Pay another way' }))
  await waitFor(() => expect(received[0]?.call).toBe('POST /api/v1/orders/order/cancellation'))
})

test('only an address of the web is a payment page', async () => {
  for (const url of ['javascript:alert(1)', 'data:text/html,x', 'nonsense', '']) expect(paymentPage(url)).toBeNull()
  expect(paymentPage('https://pay.example/1')).toBe('https://pay.example/1')
  await waiting('javascript:alert(1)')
  expect(screen.queryByRole('link', { name: 'Go to the payment page' })).not.toBeInTheDocument()
})
