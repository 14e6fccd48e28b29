import { expect, test } from 'vitest'

import { money } from '@/testing/fixtures'

import { LOCALES, useLocale } from '.'
import {
  asHeading,
  formatByline,
  formatCountry,
  formatLanguage,
  formatMinutes,
  formatMoney,
  formatRemaining,
  formatWindow,
} from './format'
import WINDOWS from './windows.json'

const plain = (text: string) => text.replaceAll(/\s/g, ' ')

test('money is shown in the reader’s way from minor units', async () => {
  await useLocale('pt-BR')
  expect(plain(formatMoney(money(1490)))).toBe('R$ 14,90')
  expect(plain(formatMoney(money(5)))).toBe('R$ 0,05')
  await useLocale('en')
  expect(plain(formatMoney(money(123_456, 'USD')))).toBe('$1,234.56')
})

test('money in a currency without minor units has no decimals', () => {
  expect(plain(formatMoney(money(1490, 'JPY', 0)))).toBe('¥1,490')
})

test.each([
  ['COP', 2, 'COP 14,900.00'],
  ['IDR', 2, 'IDR 14,900.00'],
  ['JPY', 0, '¥1,490,000'],
  ['KWD', 3, 'KWD 1,490.000'],
  ['CLF', 4, 'CLF 149.0000'],
])('%s has %i digits, whatever the browser believes', async (code, digits, told) => {
  await useLocale('en')
  expect(plain(formatMoney(money(1_490_000, code, digits)))).toBe(told)
})

test('amounts that no float can hold keep their last digit', () => {
  expect(plain(formatMoney(money(9_007_199_254_740_991, 'USD')))).toBe('$90,071,992,547,409.91')
})

test.each(WINDOWS)('a window of $hours hours is told as in the mails', async ({ hours, ...told }) => {
  for (const locale of LOCALES) {
    await useLocale(locale)
    expect(plain(formatWindow(hours))).toBe(told[locale])
  }
})

test('a countdown gets finer towards its end', async () => {
  await useLocale('en')
  const hour = 3_600
  expect(formatRemaining(719 * hour)).toBe('29 days 23 h')
  expect(formatRemaining(47 * hour + 59 * 60 + 59)).toBe('47 h 59 min')
  expect(formatRemaining(61)).toBe('1 min 1 s')
  expect(formatRemaining(-5)).toBe('0 min 0 s')
})

test('running times leave out what is nought', () => {
  expect(formatMinutes(94)).toBe('1 h 34 min')
  expect(formatMinutes(120)).toBe('2 h')
  expect(formatMinutes(45)).toBe('45 min')
})

test('a byline says who and when, as far as that is known', () => {
  expect(formatByline({ director: 'Mário Peixoto', year: 1931 })).toBe('Mário Peixoto · 1931')
  expect(formatByline({ director: null, year: 1931 })).toBe('1931')
  expect(formatByline({ director: 'Mário Peixoto', year: null })).toBe('Mário Peixoto')
  expect(formatByline({ director: null, year: null })).toBe('')
})

test('a language is named, and so is having none', async () => {
  expect(formatLanguage('de')).toBe('German')
  expect(formatLanguage('zxx')).toBe('No dialogue')
  await useLocale('pt-BR')
  expect(asHeading(formatLanguage('en'))).toBe('Inglês')
})

test('a country code that nobody knows is shown as it is', () => {
  expect(formatCountry('BR')).toBe('Brazil')
  expect(formatCountry('Soviet Union')).toBe('Soviet Union')
})
