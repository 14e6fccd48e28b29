// A search and its filters, as the page's address holds them.
import type { LocationQuery, LocationQueryRaw } from 'vue-router'

import type { TitleFilters, TitleKind, TitleSort } from '@/api/types'

import { isPriceBand } from './price-band'

export type Facet = Exclude<keyof TitleFilters, 'q' | 'sort' | 'page_size'>

export const SORTS: readonly TitleSort[] = ['relevance', 'popular', 'newest', 'year', 'name', 'ends_soon']

/** The kinds of films, as the catalogue calls them. */
export const KINDS: readonly TitleKind[] = ['feature', 'short', 'documentary', 'animation', 'silent']

const LONGEST_QUERY = 200
const EARLIEST_YEAR = 1870
const LATEST_YEAR = 2100
const MOST_DAYS = 366

/** What each facet takes from an address, where visitors can type anything. `ends_within_days` has one value at most. */
const KNOWN: { [F in Facet]-?: (values: string[]) => TitleFilters[F] } = {
  genre: (values) => values,
  kind: (values) => KINDS.filter((kind) => values.includes(kind)),
  decade: (values) => values.map(Number).filter(isDecade),
  year: (values) => values.map(Number).filter(isYear),
  country: (values) => values,
  language: (values) => values,
  offer: (values) => values.filter((value) => value === 'rent' || value === 'buy'),
  price: (values) => values.filter(isPriceBand),
  ends_within_days: (values) => values.map(Number).find(isDays),
}
const FACETS = Object.keys(KNOWN) as Facet[]

/** Reads the query of an address, without the values that are unknown. */
export function fromUrlQuery(query: LocationQuery): TitleFilters {
  const q = texts(query.q)[0]?.trim().slice(0, LONGEST_QUERY)
  const sort = SORTS.find((known) => known === texts(query.sort)[0])
  const facets = FACETS.map((facet) => [facet, KNOWN[facet](texts(query[facet]))])
  return withoutEmpty({
    q,
    ...(Object.fromEntries(facets) as TitleFilters),
    sort: sort === 'relevance' && !q ? undefined : sort,
  })
}

export function toUrlQuery(filters: TitleFilters): LocationQueryRaw {
  return withoutEmpty({
    ...filters,
    page_size: undefined,
    decade: filters.decade?.map(String),
    year: filters.year?.map(String),
    ends_within_days: filters.ends_within_days?.toString(),
  })
}

export function chosen(filters: TitleFilters, facet: Facet): string[] {
  return [filters[facet] ?? []].flat().map(String)
}

/** Every value that is chosen, facet by facet. */
export function activeFilters(filters: TitleFilters): { facet: Facet; value: string }[] {
  return FACETS.flatMap((facet) => chosen(filters, facet).map((value) => ({ facet, value })))
}

/** The filters with a facet's value added, or removed if it was there. */
export function toggled(filters: TitleFilters, facet: Facet, value: string): TitleFilters {
  const before = chosen(filters, facet)
  const after = before.includes(value) ? before.filter((other) => other !== value) : [...before, value]
  return fromUrlQuery({ ...(toUrlQuery(filters) as LocationQuery), [facet]: after })
}

function texts(value: LocationQuery[string] | undefined): string[] {
  const list = Array.isArray(value) ? value : [value]
  return [...new Set(list.filter((text): text is string => !!text))]
}

function isDecade(year: number): boolean {
  return isYear(year) && year % 10 === 0
}

function isYear(year: number): boolean {
  return Number.isInteger(year) && year >= EARLIEST_YEAR && year <= LATEST_YEAR
}

function isDays(days: number): boolean {
  return Number.isInteger(days) && days >= 1 && days <= MOST_DAYS
}

function withoutEmpty<T extends object>(values: T): T {
  const kept = Object.entries(values).filter(([, value]) => (Array.isArray(value) ? value.length > 0 : value))
  return Object.fromEntries(kept) as T
}
