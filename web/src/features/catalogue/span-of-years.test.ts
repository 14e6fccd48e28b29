import { expect, test } from 'vitest'

import { spanOfYears } from './span-of-years'

test('the years of a person’s work are written from the first to the last', () => {
  expect(spanOfYears(1922, 1931)).toBe('1922–1931')
  expect(spanOfYears(1922, 1922)).toBe('1922')
  expect(spanOfYears(null, null)).toBe('')
})
