import { expect, test } from 'vitest'

import { fromUrlQuery, toggled, toUrlQuery } from './filters'

test('filters written into an address are read back unchanged', () => {
  const filters = {
    q: 'chaplin',
    genre: ['Comedy', 'Silent'],
    decade: [1920],
    year: [1922],
    kind: ['short' as const],
    sort: 'year' as const,
  }
  const query = toUrlQuery(filters)
  expect(query).toEqual({
    q: 'chaplin',
    genre: ['Comedy', 'Silent'],
    decade: ['1920'],
    year: ['1922'],
    kind: ['short'],
    sort: 'year',
  })
  expect(fromUrlQuery(query as Parameters<typeof fromUrlQuery>[0])).toEqual(filters)
})

test('unknown values in an address are left out', () => {
  expect(
    fromUrlQuery({
      q: '   ',
      decade: ['1925', 'soon', '1930'],
      offer: ['steal', 'rent'],
      kind: ['epic', 'short'],
      year: ['1869', 'then', '1922'],
      sort: 'sideways',
      genre: [null, 'Drama', 'Drama'],
    }),
  ).toEqual({ decade: [1930], offer: ['rent'], genre: ['Drama'], kind: ['short'], year: [1922] })
})

test('a search without words cannot be sorted by relevance', () => {
  expect(fromUrlQuery({ sort: 'relevance' })).toEqual({})
  expect(fromUrlQuery({ sort: 'relevance', q: 'x' })).toEqual({ sort: 'relevance', q: 'x' })
})

test('a value is added and removed again', () => {
  const one = toggled({ genre: ['Drama'] }, 'genre', 'Horror')
  expect(one).toEqual({ genre: ['Drama', 'Horror'] })
  expect(toggled(toggled(one, 'genre', 'Drama'), 'genre', 'Horror')).toEqual({})
})
