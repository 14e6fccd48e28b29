import { expect, test } from 'vitest'

import { entitlement } from '@/testing/fixtures'

import { endedOn, shelfOf } from './entitlement-words'

test.each([
  ['a rental that waits', {}, 'rented'],
  ['a rental that was started and not watched yet', { state: 'started' }, 'rented'],
  ['a rental that is being watched', { state: 'started', resume_position_seconds: 60 }, 'continue'],
  ['a purchase', { state: 'owned', kind: 'buy' }, 'owned'],
  ['a purchase that is being watched', { state: 'owned', kind: 'buy', resume_position_seconds: 60 }, 'continue'],
  ['a purchase that was refunded', { state: 'expired', kind: 'buy' }, 'expired'],
  ['a rental that has ended, however far it was watched', { state: 'expired', resume_position_seconds: 60 }, 'expired'],
] as const)('%s has its place in the library', (_what, overrides, shelf) => {
  expect(shelfOf(entitlement(overrides))).toBe(shelf)
})

test('a rental says when it ended: at the end of its current window', () => {
  expect(endedOn(entitlement({ state: 'expired' }))).toBe('ended December 24, 2026')
  expect(endedOn(entitlement({ state: 'expired', watch_until: '2026-11-26T12:00:00Z' }))).toBe(
    'ended November 26, 2026',
  )
})

test('what was taken back was refunded', () => {
  const taken_back_at = '2026-11-25T12:00:00Z'
  expect(endedOn(entitlement({ state: 'expired', taken_back_at }))).toBe('refunded')
  expect(endedOn(entitlement({ state: 'expired', kind: 'buy', start_by: null, taken_back_at }))).toBe('refunded')
})
