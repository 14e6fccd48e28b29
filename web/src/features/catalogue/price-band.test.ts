import { expect, test } from 'vitest'

import { useLocale } from '@/i18n'

import { isPriceBand, priceBandName } from './price-band'

const plain = (text: string) => text.replaceAll(/\s/g, ' ')

test('a price band is told in the reader’s money, without noughts', async () => {
  await useLocale('pt-BR')
  expect(plain(priceBandName('BRL:1000-2000'))).toBe('De R$ 10 a R$ 20')
  expect(plain(priceBandName('BRL:0-500'))).toBe('Até R$ 5')
  expect(plain(priceBandName('BRL:5000-'))).toBe('A partir de R$ 50')
})

test('what is no price band is not taken for one', () => {
  expect(['BRL:0-500', 'USD:5000-'].every(isPriceBand)).toBe(true)
  expect(['cheap', 'BRL:-500', 'BRL:500', 'brl:0-500'].some(isPriceBand)).toBe(false)
})
