// What a search asks for, as it stands in the page's address.
import type { LocationQuery, LocationQueryRaw } from 'vue-router'

import type { TitleFilters, TitleSort } from '@/api/types'

export const FACETS = ['genre', 'decade', 'country', 'language', 'offer'] as const
export type Facet = (typeof FACETS)[number]

export const SORTS: readonly TitleSort[] = ['relevance', 'popular', 'newest', 'year', 'name']

const LONGEST_QUERY = 200
const EARLIEST_DECADE = 1870
const LATEST_DECADE = 2100

/** Reads an address that anybody may have typed: what makes no sense is left out. */
export function fromUrlQuery(query: LocationQuery): TitleFilters {
  const q = texts(query.q)[0]?.trim().slice(0, LONGEST_QUERY)
  const sort = SORTS.find((known) => known === texts(query.sort)[0])
  const filters: TitleFilters = {
    q,
    genre: texts(query.genre),
    decade: texts(query.decade).map(Number).filter(isDecade),
    country: texts(query.country),
    language: texts(query.language),
    offer: texts(query.offer).filter((value) => value === 'rent' || value === 'buy'),
    sort: sort === 'relevance' && !q ? undefined : sort,
  }
  return withoutEmpty(filters)
}

export function toUrlQuery(filters: TitleFilters): LocationQueryRaw {
  return withoutEmpty({ ...filters, page_size: undefined, decade: filters.decade?.map(String) })
}

export function chosen(filters: TitleFilters, facet: Facet): string[] {
  return (filters[facet] ?? []).map(String)
}

/** The filters with a facet's value put in or taken out. */
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
  return Number.isInteger(year) && year % 10 === 0 && year >= EARLIEST_DECADE && year <= LATEST_DECADE
}

function withoutEmpty<T extends object>(values: T): T {
  const kept = Object.entries(values).filter(([, value]) => (Array.isArray(value) ? value.length > 0 : value))
  return Object.fromEntries(kept) as T
}
