import { expect, test } from 'vitest'

import type { Facets } from '@/api/types'

import { homeShelves } from './home-shelves'

const count = (value: string, films: number) => ({ value, count: films })
const facets = (overrides: Partial<Facets>): Facets => ({
  genres: [],
  decades: [],
  years: [],
  kinds: [],
  countries: [],
  languages: [],
  offers: [],
  prices: [],
  ...overrides,
})

test('genres, decades and countries take turns', () => {
  const shelves = homeShelves(
    facets({
      genres: [count('Drama', 40), count('Comedy', 30), count('Crime', 20), count('War', 10)],
      decades: [count('1920', 34), count('1910', 13)],
      countries: [count('BR', 12)],
    }),
  )
  expect(shelves.map(({ heading }) => heading)).toEqual(['Drama', '1920s', 'Brazil', 'Comedy', '1910s', 'Crime'])
  expect(shelves[1]?.filters).toEqual({ decade: [1920] })
})

test('a value with too few films has no row', () => {
  expect(homeShelves(facets({ genres: [count('Drama', 3)], decades: [count('1920', 3)] }))).toEqual([])
})
