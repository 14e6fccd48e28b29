import { screen, waitFor } from '@testing-library/vue'
import userEvent from '@testing-library/user-event'
import { expect, test, vi } from 'vitest'
import { nextTick } from 'vue'

import { libraryQuery, orderQuery, queryClient } from '@/api/queries'
import { order, refund } from '@/testing/fixtures'
import { renderIn } from '@/testing/render'
import { json, networkFails, problem, serve } from '@/testing/server'

import RefundPanel from './RefundPanel.vue'

const REFUND = 'POST /api/v1/orders/order/refund'
const OFFER = { name: 'Get a refund' }
const CONFIRM = { name: 'Refund R$14.90' }
const REFUNDED = order({ state: 'refunded', refunds: [refund()] })

async function panel(overrides: Parameters<typeof order>[0] = {}) {
  vi.useFakeTimers({ now: new Date('2026-11-25T12:00:00Z'), toFake: ['Date', 'setInterval', 'clearInterval'] })
  const bought = order({ refundable_until: '2026-11-26T12:00:00Z', ...overrides })
  return renderIn(RefundPanel, { props: { order: bought } })
}

async function confirm() {
  const user = userEvent.setup()
  await user.click(screen.getByRole('button', OFFER))
  await user.click(await screen.findByRole('button', CONFIRM))
}

test('the offer says until when and by which rule, and the question what is given back', async () => {
  const received = serve({})
  await panel()
  expect(screen.getByTestId('refund')).toHaveTextContent(/Until Nov 26, 2026.*never played/)
  await userEvent.click(screen.getByRole('button', OFFER))
  const question = await screen.findByRole('dialog', { name: 'Get R$14.90 back?' })
  expect(question).toHaveTextContent('R$14.90 goes back the way you paid, and “Nosferatu” leaves your library.')
  await userEvent.click(screen.getByRole('button', { name: 'Keep the film' }))
  expect(screen.queryByRole('dialog')).not.toBeInTheDocument()
  expect(received).toHaveLength(0)
})

test('an order that cannot be refunded has no offer, and an offer ends with its time', async () => {
  const { unmount } = await panel({ refundable_until: null })
  expect(screen.queryByRole('button', OFFER)).not.toBeInTheDocument()
  unmount()
  await panel()
  expect(screen.getByRole('button', OFFER)).toBeInTheDocument()
  vi.advanceTimersByTime(86_400_000)
  await nextTick()
  expect(screen.queryByRole('button', OFFER)).not.toBeInTheDocument()
})

test('a refund is sent once, kept as the new state of the order, and makes the library stale', async () => {
  const received = serve({ [REFUND]: () => json(REFUNDED) })
  const library = libraryQuery().queryKey
  queryClient.setQueryData(library, { pages: [], pageParams: [] })
  const { emitted } = await panel()
  await confirm()
  await waitFor(() => expect(emitted('refunded')).toHaveLength(1))
  expect(received.map(({ call }) => call)).toEqual([REFUND])
  expect(queryClient.getQueryData(orderQuery('order').queryKey)?.state).toBe('refunded')
  expect(queryClient.getQueryState(library)?.isInvalidated).toBe(true)
  await waitFor(() => expect(screen.queryByRole('dialog')).not.toBeInTheDocument())
})

test.each([
  ['played', /was played/],
  ['too_late', /time for a refund has ended/],
  ['a rule of a newer store', /cannot be refunded. Nothing has changed/],
])('a refusal says why: %s', async (rule, words) => {
  serve({ [REFUND]: () => problem(409, 'REFUND_NOT_ALLOWED', { rule }) })
  const { emitted } = await panel()
  await confirm()
  expect(await screen.findByRole('alert')).toHaveTextContent(words)
  expect(emitted('refunded')).toBeUndefined()
})

test('after a lost answer the same button sends it again', async () => {
  const answers = [networkFails, () => json(REFUNDED)]
  serve({ [REFUND]: () => answers.shift()?.() ?? networkFails() })
  const { emitted } = await panel()
  await confirm()
  expect(await screen.findByRole('alert')).toHaveTextContent('The store did not answer')
  await userEvent.click(screen.getByRole('button', CONFIRM))
  await waitFor(() => expect(emitted('refunded')).toHaveLength(1))
})
