import { expect, test } from 'vitest'

import { createIdempotencyKeys, type KeyStorage } from './idempotency-keys'

const order = { items: [{ offer_id: 'rent' }], payment: { token: 'tok_visa' } }
const otherCard = { ...order, payment: { token: 'tok_declined' } }

function memory(): KeyStorage {
  const values = new Map<string, string>()
  return {
    getItem: (key) => values.get(key) ?? null,
    setItem: (key, value) => void values.set(key, value),
    removeItem: (key) => void values.delete(key),
  }
}

function keys(storage = memory()) {
  let count = 0
  return createIdempotencyKeys(storage, () => `key-${++count}`)
}

test('the same order keeps its key while its outcome is unknown', () => {
  const { keyFor } = keys()
  expect(keyFor(order)).toBe('key-1')
  expect(keyFor(order)).toBe('key-1')
})

test('a decided order gives its key up', () => {
  const { keyFor, decided } = keys()
  keyFor(order)
  decided()
  expect(keyFor(order)).toBe('key-2')
})

test('another body is never sent with a used key', () => {
  const { keyFor } = keys()
  keyFor(order)
  expect(keyFor(otherCard)).toBe('key-2')
})

test('a reload in the middle of an order keeps its key', () => {
  const storage = memory()
  const before = keys(storage).keyFor(order)
  const reloaded = createIdempotencyKeys(storage, () => 'another')
  expect(reloaded.keyFor(order)).toBe(before)
})

test('a stored text that is not a key is ignored', () => {
  const storage = memory()
  storage.setItem('order-attempt', 'no json')
  expect(keys(storage).keyFor(order)).toBe('key-1')
})
