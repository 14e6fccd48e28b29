import { expect, test } from 'vitest'

import { wordsToTry } from './words-to-try'

test('the longest words of a search are tried alone', () => {
  expect(wordsToTry('the spaceship of chaplin')).toEqual(['spaceship', 'chaplin', 'the'])
  expect(wordsToTry('of a M')).toEqual([])
})

test('one word has no parts', () => {
  expect(wordsToTry('  xyzzy ')).toEqual([])
  expect(wordsToTry('')).toEqual([])
})
