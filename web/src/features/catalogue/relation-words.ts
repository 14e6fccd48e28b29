// Why a visitor who looks at one title may like another, in words.
import type { RelatedTitle } from '@/api/types'
import { t } from '@/i18n'
import { formatCountry } from '@/i18n/format'
import { genreName } from '@/i18n/genre'

type Reason = RelatedTitle['reason']

const NAMES: Record<Reason['kind'], (name: string) => string> = {
  director: (name) => name,
  cast: (name) => name,
  genre_and_decade: genreName,
  genre: genreName,
  country: formatCountry,
}

export function relationWords({ kind, name }: Reason): string {
  return t(`catalogue.reason.${kind}`, { name: NAMES[kind](name) })
}
