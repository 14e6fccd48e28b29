// Price bands, as the facet names them: `BRL:1000-2000` is from R$ 10 and less than R$ 20, `BRL:5000-` has no end.
import { t } from '@/i18n'
import { formatRoundMoney } from '@/i18n/format'

const BAND = /^([A-Z]{3}):(\d{1,9})-(\d{0,9})$/

export function isPriceBand(value: string): boolean {
  return BAND.test(value)
}

export function priceBandName(value: string): string {
  const [, currency_code, from, below] = BAND.exec(value) ?? []
  if (!currency_code) return value
  const money = (minor: string | undefined) => formatRoundMoney({ amount_minor: Number(minor), currency_code })
  if (!below) return t('search.price_from', { from: money(from) })
  if (Number(from) === 0) return t('search.price_below', { below: money(below) })
  return t('search.price_between', { from: money(from), below: money(below) })
}
