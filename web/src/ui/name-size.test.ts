import { expect, test } from 'vitest'

import { nameSize } from './name-size'

test('a short name has the largest size', () => {
  expect(nameSize('M')).toBe('text-hero')
  expect(nameSize('The Cabinet of Dr. Caligari')).toBe('text-hero')
})

test('a long name is set smaller, and a very long one smaller still', () => {
  expect(nameSize('At Midnight I’ll Take Your Soul Away')).toBe('text-head')
  expect(nameSize('x'.repeat(200))).toBe('text-title')
})

test('a long word is not broken for the sake of size', () => {
  expect(nameSize('O Encouraçado')).toBe('text-hero')
  expect(nameSize('Frankenstein’s')).toBe('text-head')
  expect(nameSize('Donaudampfschifffahrtsgesellschaft')).toBe('text-title')
})
