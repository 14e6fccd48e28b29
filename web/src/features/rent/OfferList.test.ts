import { screen } from '@testing-library/vue'
import { expect, test } from 'vitest'

import { buyOffer, rentOffer } from '@/testing/fixtures'
import { renderIn } from '@/testing/render'

import OfferList from './OfferList.vue'

const props = { titleId: 'nosferatu', offers: [rentOffer(), buyOffer()] }

test('each offer links to the checkout', async () => {
  await renderIn(OfferList, { props })
  expect(screen.getAllByRole('link')).toHaveLength(2)
  expect(screen.queryByRole('status')).toBeNull()
})

test('while no orders are taken the prices are shown without a link to the checkout, and the page says so', async () => {
  await renderIn(OfferList, { props: { ...props, tillOpen: false } })
  expect(screen.queryByRole('link')).toBeNull()
  expect(screen.getByText(/14[.,]90/)).toBeVisible()
  expect(screen.getByRole('status')).toHaveTextContent('not possible at the moment')
})

test('a film that does not play yet is not sold, and the page says so', async () => {
  await renderIn(OfferList, { props: { ...props, playable: false } })
  expect(screen.queryByRole('link')).toBeNull()
  expect(screen.queryByText(/14[.,]90/)).toBeNull()
  expect(screen.getByText('This film is not available yet.')).toBeVisible()
})

test('a film without offers is not announced', async () => {
  await renderIn(OfferList, { props: { ...props, offers: [], playable: false } })
  expect(screen.queryByText('This film is not available yet.')).toBeNull()
})
