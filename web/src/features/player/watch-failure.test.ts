import { expect, test } from 'vitest'

import { Problem, type ProblemCode } from '@/api/problem'

import { failureOf } from './watch-failure'

const refusal = (code: ProblemCode) =>
  new Problem({ type: 'about:blank', title: '', status: 0, detail: 'English, for people.', code, request_id: '' }, null)

test('a film whose order was refunded says so, and leads to its page', () => {
  expect(failureOf(refusal('ACCESS_ENDED'))).toEqual({
    heading: 'This film has left your library',
    text: 'The order for this film was refunded, so it can no longer be watched.',
    way: 'title',
  })
})

test('a film whose time is over says so', () => {
  expect(failureOf(refusal('VIEWING_WINDOW_ENDED'))).toMatchObject({ heading: 'Your time has ended', way: 'title' })
})
