import { expect, test } from 'vitest'

import { networkFails, problem, serve } from '@/testing/server'

import { faultOf } from './source'

const FILM = 'GET /media/token/film.mp4'

// The code under test calls fetch with an address, not with a Request.
async function fault(answer: () => Response | Promise<Response>) {
  serve({ [FILM]: answer })
  const stubbed = globalThis.fetch
  globalThis.fetch = (address, options) =>
    stubbed(new Request(new URL(String(address), location.href), { headers: options?.headers ?? {} }))
  return faultOf('/media/token/film.mp4', new AbortController().signal)
}

test('the reason why a film stopped is found', async () => {
  expect(await fault(networkFails)).toBe('unreachable')
  expect(await fault(() => problem(503, 'UNAVAILABLE'))).toBe('unreachable')
  expect(await fault(() => problem(429, 'RATE_LIMITED'))).toBe('unreachable')
  expect(await fault(() => problem(404, 'PLAYBACK_ENDED'))).toBe('ended')
  expect(await fault(() => problem(404, 'MEDIA_NOT_FOUND'))).toBe('missing')
  expect(await fault(() => new Response('a', { status: 206 }))).toBe('unreadable')
})
