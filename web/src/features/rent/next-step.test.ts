import { expect, test } from 'vitest'

import { buyOffer, entitlement, rentOffer } from '@/testing/fixtures'

import { nextStep } from './next-step'

const both = [rentOffer(), buyOffer()]

test('a guest reads that signing in comes before paying, and that the clock starts only with the play button', () => {
  expect(nextStep(both, null, false)).toBe(
    'Next you sign in and pay, on one page. The film then waits in your library: your viewing time of 48 h begins when you press play.',
  )
})

test('a customer need not sign in again', () => {
  expect(nextStep(both, null, true)).toMatch(/^Next you pay, on one page\./)
})

test('an offer to buy mentions no clock', () => {
  expect(nextStep([buyOffer()], null, true)).toBe(
    'Next you pay, on one page. The film is then in your library, and stays there.',
  )
})

test('a customer who holds a rental reads what the play button does, not how to pay', () => {
  expect(nextStep([buyOffer()], entitlement(), true)).toBe(
    'Press play when it suits you: we ask once more before your viewing time of 48 h begins.',
  )
  expect(nextStep([buyOffer()], entitlement({ state: 'started' }), true)).toMatch(/^The clock runs/)
})

test('a title without offers has no next step', () => {
  expect(nextStep([], null, false)).toBe('')
  expect(nextStep([], entitlement({ state: 'owned' }), true)).toBe('')
})
