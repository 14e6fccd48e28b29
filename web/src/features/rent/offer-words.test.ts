import { expect, test } from 'vitest'

import { useLocale } from '@/i18n'
import { buyOffer, entitlement, rentOffer } from '@/testing/fixtures'

import { canOrder, offerName, offerTerms } from './offer-words'

const NOW = Date.parse('2026-11-24T12:00:00Z')

test('an offer says its price and both windows before anything is paid', async () => {
  await useLocale('pt-BR')
  const offer = rentOffer()
  expect(offerName(offer.kind, offer.price).replaceAll(/\s/g, ' ')).toBe('Alugar por R$ 14,90')
  expect(offerTerms(offer)).toBe('30 dias para começar, 48 h para terminar')
})

test.each([
  ['a guest may rent and buy', null, true, true],
  ['what is rented cannot be rented again, but bought', entitlement(), false, true],
  ['what is owned can be had no more', entitlement({ state: 'owned', kind: 'buy' }), false, false],
  ['what has ended can be rented again', entitlement({ state: 'expired' }), true, true],
])('%s', (_sentence, held, rent, buy) => {
  expect([canOrder(rentOffer(), held, NOW), canOrder(buyOffer(), held, NOW)]).toEqual([rent, buy])
})

test('an offer is open only between its dates', () => {
  expect(canOrder(rentOffer({ available_from: '2026-11-25T00:00:00Z' }), null, NOW)).toBe(false)
  expect(canOrder(rentOffer({ available_until: '2026-11-24T12:00:00Z' }), null, NOW)).toBe(false)
  expect(canOrder(rentOffer({ available_until: '2026-11-24T12:00:01Z' }), null, NOW)).toBe(true)
})
