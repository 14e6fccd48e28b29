// The names of the values of facets.
import type { TitleFilters } from '@/api/types'
import { optionalText, t } from '@/i18n'
import { asHeading, formatCountry, formatDecade, formatLanguage } from '@/i18n/format'
import { genreName } from '@/i18n/genre'

import { activeFilters, type Facet } from './filters'
import { priceBandName } from './price-band'

const NAMES: Record<Facet, (value: string) => string> = {
  genre: genreName,
  kind: (value) => optionalText(`search.kind.${value}`) ?? value,
  decade: formatDecade,
  year: (value) => value,
  country: formatCountry,
  language: (value) => asHeading(formatLanguage(value)),
  price: priceBandName,
  ends_within_days: (value) => t('search.ends_within', {}, Number(value)),
  offer: (value) => t(value === 'buy' ? 'search.can_buy' : 'search.can_rent'),
}

export function valueName(facet: Facet, value: string): string {
  return NAMES[facet](value)
}

/** The name of a search that has one filter and nothing else. */
export function onlyFilterName(filters: TitleFilters): string | null {
  const names = activeFilters(filters).map(({ facet, value }) => valueName(facet, value))
  return names.length === 1 ? (names[0] ?? null) : null
}
