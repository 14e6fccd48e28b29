import { expect, test } from 'vitest'

import { lightOf } from './palette'

const base = { ground: '#f2e8d5', shape: '#b3261e', accent: '#20408a', ink: '#181410' }

test('a coloured ground gives its own colour', () => {
  expect(lightOf({ ...base, ground: '#0f3b5c' })).toBe('#0f3b5c')
})

test('a grey or paper ground gives the most colourful of the others', () => {
  expect(lightOf(base)).toBe('#b3261e')
})

test('a poster without any colour gives its grey', () => {
  expect(lightOf({ ground: '#141414', shape: '#e6e6e6', accent: '#888888', ink: '#fff' })).toBe('#141414')
})
