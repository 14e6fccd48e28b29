// Price bands, as the facet names them: `BRL:1000-2000` is from R$ 10 and less than R$ 20, `BRL:5000-` has no end.
import { t } from '@/i18n'
import { formatRoundMoney } from '@/i18n/format'
import MINOR_DIGITS from '@/i18n/minor-digits.json'

const BAND = /^([A-Z]{3}):(\d{1,9})-(\d{0,9})$/

export function isPriceBand(value: string): boolean {
  return BAND.test(value)
}

export function priceBandName(value: string): string {
  const [, currency_code, from, below] = BAND.exec(value) ?? []
  if (!currency_code) return value
  // A band has no amount that brings its digits along. The gateway's tests compare the table with ISO 4217.
  const minor_digits = (MINOR_DIGITS as Record<string, number>)[currency_code] ?? 2
  const money = (minor: string | undefined) =>
    formatRoundMoney({ amount_minor: Number(minor), currency_code, minor_digits })
  if (!below) return t('search.price_from', { from: money(from) })
  if (Number(from) === 0) return t('search.price_below', { below: money(below) })
  return t('search.price_between', { from: money(from), below: money(below) })
}
