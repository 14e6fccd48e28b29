import { screen } from '@testing-library/vue'
import { expect, test } from 'vitest'

import type { Refund } from '@/api/types'
import { order, refund } from '@/testing/fixtures'
import { renderIn } from '@/testing/render'

import OrderOutcome from './OrderOutcome.vue'

async function outcome(...refunds: Refund[]) {
  await renderIn(OrderOutcome, { props: { order: order({ state: 'refunded', refunds }) } })
  return screen.getByTestId('order-ended')
}

test.each([
  ['a refund on its way', refund(), 'R$14.90 goes back the way you paid. Banks take'],
  ['a refund that arrived', refund({ state: 'succeeded' }), 'R$14.90 went back the way you paid.'],
  ['a refund that failed', refund({ state: 'failed' }), 'The store will contact you.'],
  [
    'a payment that came too late',
    refund({ reason: 'already_held' }),
    'The payment came when the film was yours already',
  ],
])('%s says what it means for the money', async (_what, one, words) => {
  expect(await outcome(one)).toHaveTextContent(words)
})

test('a film that left the library is named as such, and its page is one step away', async () => {
  expect(await outcome(refund())).toHaveTextContent('The film has left your library.')
  expect(screen.getByRole('link', { name: 'See the film' })).toHaveAttribute('href', '/titles/nosferatu')
  expect(screen.queryByRole('button')).not.toBeInTheDocument()
})

test('a film that stays is not said to have left', async () => {
  expect(await outcome(refund({ ends_access: false }))).not.toHaveTextContent('left your library')
})
