import { expect, test } from 'vitest'

import { titleItem } from '@/testing/fixtures'

import { filmsOfTheDay } from './films-of-the-day'

const DAY_MS = 86_400_000
const popular = Array.from({ length: 24 }, (_, index) => titleItem({ id: `film-${index}` }))
const ids = (day: number, titles = popular) => filmsOfTheDay(titles, day * DAY_MS).map(({ id }) => id)

test('the stage shows five of the ten most popular films, beginning with another one each day', () => {
  expect(ids(20_000)).toEqual(['film-0', 'film-1', 'film-2', 'film-3', 'film-4'])
  expect(ids(20_001)).toEqual(['film-1', 'film-2', 'film-3', 'film-4', 'film-5'])
  expect(ids(20_009)).toEqual(['film-9', 'film-0', 'film-1', 'film-2', 'film-3'])
})

test('a small shop shows each film once', () => {
  expect(ids(20_001, popular.slice(0, 2))).toEqual(['film-1', 'film-0'])
  expect(ids(20_000, [])).toEqual([])
})
