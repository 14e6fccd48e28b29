import { expect, test } from 'vitest'

import { apart } from './apart'

const row = (compositions: (string | null)[]) => compositions.map((composition, index) => ({ composition, index }))
const places = (compositions: (string | null)[]) => apart(row(compositions)).map(({ index }) => index)

test('posters that look alike are not next to each other', () => {
  expect(places(['petals', 'petals', 'reel', 'spiral'])).toEqual([0, 2, 1, 3])
  expect(places(['petals', 'petals', 'petals', 'reel', 'eye'])).toEqual([0, 3, 1, 4, 2])
})

test('a row without such posters keeps its order', () => {
  expect(places(['petals', 'reel', 'petals'])).toEqual([0, 1, 2])
})

test('images differ from each other', () => {
  expect(places([null, null, 'reel', null])).toEqual([0, 1, 2, 3])
})

test('no title is lost when all posters look alike', () => {
  expect(places(['reel', 'reel', 'reel'])).toEqual([0, 1, 2])
  expect(places([])).toEqual([])
})
