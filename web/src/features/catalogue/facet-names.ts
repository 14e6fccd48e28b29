// The words for the values of facets.
import { t } from '@/i18n'
import { formatCountry, formatDecade, formatLanguage } from '@/i18n/format'
import { genreName } from '@/i18n/genre'

import type { Facet } from './filters'

const NAMES: Record<Facet, (value: string) => string> = {
  genre: genreName,
  decade: formatDecade,
  country: formatCountry,
  language: formatLanguage,
  offer: (value) => t(value === 'buy' ? 'search.can_buy' : 'search.can_rent'),
}

export function valueName(facet: Facet, value: string): string {
  return NAMES[facet](value)
}
