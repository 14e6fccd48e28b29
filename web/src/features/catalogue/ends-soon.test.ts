import { expect, test } from 'vitest'

import { buyOffer, rentOffer } from '@/testing/fixtures'

import { endsNote } from './ends-soon'

test('the first end is named', () => {
  const offers = [
    rentOffer({ available_until: '2026-12-24T12:00:00Z' }),
    buyOffer({ available_until: '2026-12-03T12:00:00Z' }),
  ]
  expect(endsNote({ offers, playable: true })).toBe('Until Dec 3')
})

test('an offer without an end has no note', () => {
  expect(endsNote({ offers: [rentOffer()], playable: true })).toBe('')
})

test('a film that cannot be ordered has no note', () => {
  const offers = [rentOffer({ available_until: '2026-12-24T12:00:00Z' })]
  expect(endsNote({ offers, playable: false })).toBe('')
})
