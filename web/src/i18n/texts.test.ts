import { expect, test } from 'vitest'

import { fill, textOf } from './texts'

test('a text is found by its name', () => {
  const texts = { search: { sorts: { name: 'Name' } } }
  expect(textOf(texts, 'search.sorts.name')).toBe('Name')
  expect(textOf(texts, 'search.sorts')).toBeNull()
  expect(textOf(texts, 'search.sorts.name.more')).toBeNull()
  expect(textOf(texts, 'nowhere.at.all')).toBeNull()
})

test('placeholders are filled, as often as they stand there, and what has no value stays to be seen', () => {
  expect(fill('{name}, {name} and {other}', { name: 'M' })).toBe('M, M and {other}')
  expect(fill('{n} of {of}', { n: 0, of: 5 })).toBe('0 of 5')
})

test('a value is never taken for a placeholder or a pattern', () => {
  expect(fill('“{q}”', { q: '{q} $& $1' })).toBe('“{q} $& $1”')
})

test('a value that runs from right to left does not turn the words around it', () => {
  expect(fill('{name}, {year}', { name: 'באב', year: 1958 })).toBe('\u2068באב\u2069, 1958')
})

test('what counts has a form for one and a form for the others', () => {
  const films = '{n} film | {n} films'
  expect([0, 1, 2].map((count) => fill(films, { n: count }, count))).toEqual(['0 films', '1 film', '2 films'])
  expect(fill('{count} more | {count} more', {}, 3)).toBe('3 more')
})

test('a bar in what a person typed is theirs', () => {
  expect(fill('“{q}”', { q: 'a | b' })).toBe('“a | b”')
})
