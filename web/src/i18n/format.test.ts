import { expect, test } from 'vitest'

import { money } from '@/testing/fixtures'

import { CURRENCIES } from '../../e2e/iso-4217'
import { useLocale } from '.'
import {
  asHeading,
  formatByline,
  formatCountry,
  formatLanguage,
  formatMinutes,
  formatMoney,
  formatRemaining,
  formatRemainingMinutes,
  formatWindow,
} from './format'
import { LOCALES } from './locales'

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

/** Lengths of windows at which something changes in how they are worded. */
const HOURS = [1, 24, 25, 47, 48, 49, 50, 71, 72, 73, 96, 100, 168, 672, 720, 721, 1_000, 8_760, 24_000, 87_600]
/** Amounts with all their places, with none, and with one and two groups of thousands. */
const AMOUNTS = [0, 5, 1_490, 149_050, 1_490_000, 123_456_789]

const priced = (minor: number, code: string, digits: number) => [
  `${minor} ${code}`,
  plain(formatMoney(money(minor, code, digits))),
]

// The mails are tested with the same files (rent/src/mail/labels.rs): a price and a window are written there as on the page.
test.each(LOCALES)('prices and windows in %s are written as ever', async (locale) => {
  await useLocale(locale)
  const prices = [
    ...AMOUNTS.map((minor) => priced(minor, 'BRL', 2)),
    ...[...CURRENCIES, { code: 'XXX', digits: 0 }].map(({ code, digits }) => priced(1_234_567, code, digits)),
  ]
  const windows = HOURS.map((hours) => [hours, plain(formatWindow(hours))])
  const examples = {
    prices: Object.fromEntries(prices) as Record<string, string>,
    windows: Object.fromEntries(windows) as Record<string, string>,
  }
  const file = `../../../languages/${locale}/examples.json`
  await expect(`${JSON.stringify(examples, null, 2)}\n`).toMatchFileSnapshot(file)
})

test('amounts that no float can hold keep their last digit', () => {
  expect(plain(formatMoney(money(9_007_199_254_740_991, 'USD')))).toBe('$90,071,992,547,409.91')
})

test('a countdown is worded as windows are, and gets finer towards its end', async () => {
  const hour = 3_600
  for (const locale of LOCALES) {
    await useLocale(locale)
    for (const hours of HOURS) expect(formatRemaining(hours * hour)).toBe(formatWindow(hours))
  }
  await useLocale('en')
  expect(plain(formatRemaining(719 * hour + 59 * 60))).toBe('29 days 23 h')
  expect(plain(formatRemaining(72 * hour - 1))).toBe('2 days 23 h')
  expect(plain(formatRemaining(49 * hour - 1))).toBe('48 h')
  expect(formatRemaining(48 * hour - 1)).toBe('47 h 59 min')
  expect(formatRemaining(hour)).toBe('1 h')
  expect(formatRemaining(61)).toBe('1 min 1 s')
  expect(formatRemaining(-5)).toBe('0 min 0 s')
})

test('a countdown that nobody races has no seconds', () => {
  expect(plain(formatRemainingMinutes(72 * 3_600 - 1))).toBe('2 days 23 h')
  expect(formatRemainingMinutes(48 * 3_600 - 1)).toBe('47 h 59 min')
  expect(formatRemainingMinutes(3_600)).toBe('1 h')
  expect(formatRemainingMinutes(600)).toBe('10 min')
  expect(formatRemainingMinutes(59.5)).toBe('1 min')
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
