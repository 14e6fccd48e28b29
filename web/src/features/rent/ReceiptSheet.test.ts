import { screen } from '@testing-library/vue'
import { expect, test } from 'vitest'

import { money, order, refund } from '@/testing/fixtures'
import { renderIn } from '@/testing/render'

import ReceiptSheet from './ReceiptSheet.vue'

test('a receipt without refunds ends with its total', async () => {
  await renderIn(ReceiptSheet, { props: { order: order() } })
  expect(screen.getByTestId('receipt-total')).toHaveTextContent('R$14.90')
  expect(screen.queryByTestId('receipt-left')).not.toBeInTheDocument()
})

test('each refund has its amount, reason, date and state, and below them is what is left', async () => {
  const parts = [
    refund({ id: 'one', amount: money(400), reason: 'technical_problem', state: 'succeeded', ends_access: false }),
    refund({ id: 'two', amount: money(90), reason: 'requested', state: 'failed', ends_access: false }),
  ]
  await renderIn(ReceiptSheet, { props: { order: order({ refunds: parts }) } })
  expect(screen.getByTestId('receipt')).toHaveTextContent('Partly refunded')
  const [one, two] = screen.getAllByTestId('receipt-refund')
  expect(one).toHaveTextContent(/the film did not play as it should.*Nov 25, 2026.*returned.*-R\$4\.00/)
  expect(two).toHaveTextContent(/you asked the store.*the store will contact you.*-R\$0\.90/)
  expect(screen.getByTestId('receipt-left')).toHaveTextContent('R$10.00')
})

test('of a refunded order nothing is left', async () => {
  await renderIn(ReceiptSheet, { props: { order: order({ state: 'refunded', refunds: [refund()] }) } })
  expect(screen.getByTestId('receipt')).toHaveTextContent('Refunded')
  expect(screen.getByTestId('receipt-left')).toHaveTextContent('R$0.00')
})
