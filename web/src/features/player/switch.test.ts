import { expect, test } from 'vitest'

import { lastWish } from './switch'

/** A function that takes a while to turn on or off, and counts its calls. */
function slow({ refuses = false } = {}) {
  const it = { on: false, turns: [] as boolean[], press: async () => {} }
  it.press = lastWish(
    () => it.on,
    async (on) => {
      it.turns.push(on)
      await Promise.resolve()
      if (!refuses) it.on = on
    },
  )
  return it
}

test('a press turns it on, the next one off', async () => {
  const it = slow()
  await it.press()
  expect(it.on).toBe(true)
  await it.press()
  expect(it.on).toBe(false)
})

test.each([
  [2, false],
  [3, true],
  [4, false],
])('%i presses at once end where they would one by one', async (presses, on) => {
  const it = slow()
  await Promise.all(Array.from({ length: presses }, () => it.press()))
  expect(it.on).toBe(on)
})

test('a refused change is not requested again and again', async () => {
  const it = slow({ refuses: true })
  await it.press()
  expect(it.turns).toEqual([true])
  await it.press()
  expect(it.turns).toEqual([true, true])
})
