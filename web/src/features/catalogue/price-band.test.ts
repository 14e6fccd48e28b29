import { expect, test } from 'vitest'

import { useLocale } from '@/i18n'

import { isPriceBand, priceBandName } from './price-band'

const plain = (text: string) => text.replaceAll(/\s/g, ' ')

test('a price band is written in the reader’s format, without decimals', async () => {
  await useLocale('pt-BR')
  expect(plain(priceBandName('BRL:1000-2000'))).toBe('De R$ 10 a R$ 20')
  expect(plain(priceBandName('BRL:0-500'))).toBe('Até R$ 5')
  expect(plain(priceBandName('BRL:5000-'))).toBe('A partir de R$ 50')
})

test.each([
  ['JPY:500-1000', '¥500 to ¥1,000'],
  ['COP:1000-2000', 'COP 10 to COP 20'],
  ['KWD:500-1000', 'KWD 0.500 to KWD 1'],
])('the bounds of %s are in its own digits', async (band, told) => {
  await useLocale('en')
  expect(plain(priceBandName(band))).toBe(told)
})

test('a text that is no price band gives none', () => {
  expect(['BRL:0-500', 'USD:5000-'].every(isPriceBand)).toBe(true)
  expect(['cheap', 'BRL:-500', 'BRL:500', 'brl:0-500'].some(isPriceBand)).toBe(false)
})
