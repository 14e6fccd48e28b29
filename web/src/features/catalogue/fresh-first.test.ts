import { expect, test } from 'vitest'

import { titleItem } from '@/testing/fixtures'

import { freshFirst } from './fresh-first'

const titles = (...ids: string[]) => ids.map((id) => titleItem({ id }))
const ids = (list: { id: string }[]) => list.map(({ id }) => id)

test('a row begins with titles that no row above it has shown, and keeps its order otherwise', () => {
  const shown = new Set(['a', 'b'])
  expect(ids(freshFirst(titles('a', 'b', 'c', 'd'), shown))).toEqual(['c', 'd', 'a', 'b'])
  expect(ids(freshFirst(titles('c', 'e', 'a'), shown))).toEqual(['e', 'c', 'a'])
})

test('a title at the end of a long row, out of sight, does not count as shown', () => {
  const shown = new Set<string>()
  freshFirst(titles('1', '2', '3', '4', '5', '6', '7'), shown)
  expect([...shown]).toEqual(['1', '2', '3', '4', '5', '6'])
})
