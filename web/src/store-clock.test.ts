import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { effectScope, nextTick } from 'vue'

import { hearStoreTime, storeNow } from './store-clock'
import { useNow } from './ui/now'

const DAY_MS = 86_400_000
const PRESENT = Date.parse('2026-11-29T12:00:00Z')
const header = (ms: number) => new Date(ms).toUTCString()

beforeEach(() => void vi.useFakeTimers({ now: PRESENT }))
afterEach(() => {
  hearStoreTime(header(Date.now()))
  vi.useRealTimers()
})

test.each([3, -3])("a browser whose clock is %d days off counts by the store's clock", async (days) => {
  vi.setSystemTime(PRESENT + days * DAY_MS)
  const scope = effectScope()
  const now = scope.run(useNow)
  hearStoreTime(header(PRESENT))
  await nextTick()
  expect(storeNow()).toBe(PRESENT)
  expect(now?.value).toBe(PRESENT)
  vi.advanceTimersByTime(60_000)
  expect(now?.value).toBe(PRESENT + 60_000)
  scope.stop()
})

test('a clock that is right is not moved by the fractions of seconds that a header leaves out', () => {
  for (const late of [0, 400, 1_900]) {
    hearStoreTime(header(PRESENT - late))
    expect(storeNow()).toBe(PRESENT)
  }
})

test('a browser clock that is corrected while the page is open is used again', () => {
  vi.setSystemTime(PRESENT + 3 * DAY_MS)
  hearStoreTime(header(PRESENT))
  vi.setSystemTime(PRESENT)
  hearStoreTime(header(PRESENT))
  expect(storeNow()).toBe(PRESENT)
})

test.each([null, '', 'yesterday'])('an answer that tells no time changes nothing (%s)', (told) => {
  hearStoreTime(told)
  expect(storeNow()).toBe(PRESENT)
})
