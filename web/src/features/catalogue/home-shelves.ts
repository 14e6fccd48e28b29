// The rows of the first page: the shop's largest genres, decades and countries, as far as each has enough films.
import type { Facets, TitleFilters } from '@/api/types'
import { formatCountry, formatDecade } from '@/i18n/format'
import { genreName } from '@/i18n/genre'

export interface Shelf {
  key: string
  heading: string
  filters: TitleFilters
}

/** A row needs at least this many films. */
const FILLED = 6
const GENRES = 3
const DECADES = 2
const COUNTRIES = 2

export function homeShelves({ genres, decades, countries }: Facets): Shelf[] {
  const byGenre = most(genres, GENRES).map((genre) => ({
    key: `genre ${genre}`,
    heading: genreName(genre),
    filters: { genre: [genre] },
  }))
  const byDecade = most(decades, DECADES).map((decade) => ({
    key: `decade ${decade}`,
    heading: formatDecade(decade),
    filters: { decade: [Number(decade)] },
  }))
  const byCountry = most(countries, COUNTRIES).map((country) => ({
    key: `country ${country}`,
    // A getter, because the browser's names of countries are slow and most rows are drawn later.
    get heading() {
      return formatCountry(country)
    },
    filters: { country: [country] },
  }))
  return interleaved(byGenre, byDecade, byCountry)
}

function most(counts: Facets['genres'], shelves: number): string[] {
  return counts
    .filter(({ count }) => count >= FILLED)
    .slice(0, shelves)
    .map(({ value }) => value)
}

/** One of each kind in turn, so that neighbouring rows differ. */
function interleaved(...kinds: Shelf[][]): Shelf[] {
  const rounds = Math.max(...kinds.map((kind) => kind.length))
  return Array.from({ length: rounds }, (_, round) => kinds.flatMap((kind) => kind[round] ?? [])).flat()
}
