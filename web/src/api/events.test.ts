// Changes that the store sends as events reach the pages that show them.
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { effectScope, type EffectScope, nextTick, ref } from 'vue'

import { useStoreEvents } from './events'
import { queryClient } from './queries'

class Line extends EventTarget {
  static readonly CLOSED = 2
  static all: Line[] = []
  readyState = 1

  constructor(readonly address: string) {
    super()
    Line.all.push(this)
  }

  close(): void {
    this.readyState = Line.CLOSED
  }

  say(type: string, lastEventId: string, data: unknown = ''): void {
    this.dispatchEvent(new MessageEvent(type, { lastEventId, data: JSON.stringify(data) }))
  }
}

let scope: EffectScope
const signedIn = ref(false)

function line(): Line {
  const last = Line.all.at(-1)
  if (!last) throw new Error('no connection to the events is open')
  return last
}
const isStale = (key: unknown[]): boolean => queryClient.getQueryState(key)?.isInvalidated === true

function see(visibility: 'visible' | 'hidden'): void {
  vi.spyOn(document, 'visibilityState', 'get').mockReturnValue(visibility)
  document.dispatchEvent(new Event('visibilitychange'))
}

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('EventSource', Line)
  Line.all = []
  signedIn.value = false
  scope = effectScope()
  scope.run(() => useStoreEvents(() => signedIn.value))
})

afterEach(() => {
  scope.stop()
  queryClient.clear()
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

test('a changed title makes its page and the lists that show it stale, and no others', () => {
  queryClient.setQueryData(['title', 'en', 'a'], { id: 'a', name: 'Limite' })
  queryClient.setQueryData(['title-pages', 'en', {}], { pages: [{ titles: [{ id: 'b' }, { id: 'a' }] }] })
  queryClient.setQueryData(['title', 'en', 'b'], { id: 'b', name: 'Ganga Bruta' })
  line().say('titles', 't2.o0', { titles: [{ id: 'a' }] })
  expect(isStale(['title', 'en', 'a'])).toBe(false)
  vi.advanceTimersByTime(250)
  expect(isStale(['title', 'en', 'a'])).toBe(true)
  expect(isStale(['title-pages', 'en', {}])).toBe(true)
  expect(isStale(['title', 'en', 'b'])).toBe(false)
})

test('an order that is paid makes the library stale', () => {
  queryClient.setQueryData(['own', 'library', 'en'], { pages: [] })
  line().say('orders', 't1.o5', { orders: [], entitlements: [] })
  vi.advanceTimersByTime(250)
  expect(isStale(['own', 'library', 'en'])).toBe(true)
})

test('a hidden tab closes its connection, and continues where it stopped when it is visible again', () => {
  line().say('seen', 't7.o3')
  const first = line()
  see('hidden')
  expect(first.readyState).toBe(Line.CLOSED)
  expect(Line.all).toHaveLength(1)
  see('visible')
  expect(line().address).toBe('/api/v1/events?after=t7.o3')
})

test('after signing in a customer receives events about their own orders', async () => {
  const before = line()
  before.say('seen', 't7.o3')
  signedIn.value = true
  await nextTick()
  expect(Line.all).toHaveLength(2)
  expect(before.readyState).toBe(Line.CLOSED)
  expect(line().address).toBe('/api/v1/events')
})

test('a store that refuses is asked again later, from the start', () => {
  line().say('seen', 't7.o3')
  line().close()
  line().dispatchEvent(new Event('error'))
  vi.advanceTimersByTime(29_000)
  expect(Line.all).toHaveLength(1)
  vi.advanceTimersByTime(1_000)
  expect(line().address).toBe('/api/v1/events')
  expect(Line.all).toHaveLength(2)
})

test('where no event arrives the page polls, and tries events again later', () => {
  queryClient.setQueryData(['own', 'library', 'en'], { pages: [] })
  const refreshed = vi.spyOn(queryClient, 'invalidateQueries')
  vi.advanceTimersByTime(10_000)
  expect(line().readyState).toBe(Line.CLOSED)
  expect(refreshed).not.toHaveBeenCalled()
  vi.advanceTimersByTime(20_000)
  expect(refreshed).toHaveBeenCalledExactlyOnceWith({ type: 'active', refetchType: 'none' })
  vi.advanceTimersByTime(100_000)
  expect(Line.all).toHaveLength(2)
  line().say('seen', 't7.o3')
  refreshed.mockClear()
  vi.advanceTimersByTime(60_000)
  expect(refreshed).not.toHaveBeenCalled()
  expect(Line.all).toHaveLength(2)
})
