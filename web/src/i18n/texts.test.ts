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

test('what counts has the plural forms of its language', () => {
  const films = { one: '{n} film', other: '{n} films' }
  const told = (count: number) => fill(films, { n: count }, count, 'en')
  expect([0, 1, 2].map(told)).toEqual(['0 films', '1 film', '2 films'])
  const peliculas = { one: '{n} película', many: '{n} de películas', other: '{n} películas' }
  expect(fill(peliculas, { n: '1.000.000' }, 1_000_000, 'es')).toBe('1.000.000 de películas')
  const filmy = { one: '{count} film', few: '{count} filmy', many: '{count} filmów', other: '{count} filmu' }
  expect([1, 3, 5, 22].map((count) => fill(filmy, {}, count, 'pl'))).toEqual([
    '1 film',
    '3 filmy',
    '5 filmów',
    '22 filmy',
  ])
  expect(fill('{count} more', {}, 3, 'en')).toBe('3 more')
})

test('forms are found as one text, and never one by one', () => {
  const texts = { count: { one: '{n} film', other: '{n} films' }, decline: { declined: 'No.', other: 'Not now.' } }
  expect(textOf(texts, 'count')).toEqual(texts.count)
  expect(textOf(texts, 'count.one')).toBeNull()
  expect(textOf(texts, 'decline.other')).toBe('Not now.')
})
