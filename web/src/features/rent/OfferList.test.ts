import { screen } from '@testing-library/vue'
import { expect, test } from 'vitest'

import { buyOffer, rentOffer } from '@/testing/fixtures'
import { renderIn } from '@/testing/render'

import OfferList from './OfferList.vue'

const props = { titleId: 'nosferatu', offers: [rentOffer(), buyOffer()] }

test('each offer leads to the checkout', async () => {
  await renderIn(OfferList, { props })
  expect(screen.getAllByRole('link')).toHaveLength(2)
  expect(screen.queryByRole('status')).toBeNull()
})

test('while no orders are taken the prices stand there without a way to the checkout, and the page says so', async () => {
  await renderIn(OfferList, { props: { ...props, tillOpen: false } })
  expect(screen.queryByRole('link')).toBeNull()
  expect(screen.getByText(/14[.,]90/)).toBeVisible()
  expect(screen.getByRole('status')).toHaveTextContent('not possible at the moment')
})
