import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, test } from 'vitest'
import { effectScope } from 'vue'

import { networkFails, json, problem, serve } from '@/testing/server'

import { usePlayer } from './store'
import { useWatching } from './watching'

const OPEN = 'POST /api/v1/library/rental/playback'
const KEEP = 'PUT /api/v1/library/rental/playback/showing'
const CLOSE = 'DELETE /api/v1/library/rental/playback/showing'

const playback = {
  playback_id: 'showing',
  media_url: '/media/token/film.mp4',
  expires_at: '2026-11-24T13:00:00Z',
  position_seconds: 42,
}

beforeEach(() => setActivePinia(createPinia()))

function watching() {
  return effectScope().run(() => useWatching('rental')) as ReturnType<typeof useWatching>
}

test('the clock of a rental starts only after it was confirmed', async () => {
  const received = serve({
    [OPEN]: ({ body }) =>
      (body as { confirm_start: boolean }).confirm_start
        ? json(playback)
        : problem(409, 'START_NOT_CONFIRMED', { viewing_window_hours: 48 }),
  })
  const { state, open, confirm } = watching()
  await open()
  expect(state.value).toEqual({ name: 'confirm', windowHours: 48 })
  await confirm()
  expect(state.value).toEqual({ name: 'playing', mediaUrl: '/media/token/film.mp4', position: 42 })
  expect(received.map((call) => call.body)).toEqual([
    { confirm_start: false, take_over: false },
    { confirm_start: true, take_over: false },
  ])
})

test('a film that plays elsewhere is taken over only when asked to', async () => {
  serve({
    [OPEN]: ({ body }) =>
      (body as { take_over: boolean }).take_over ? json(playback) : problem(409, 'PLAYING_ELSEWHERE'),
  })
  const { state, open } = watching()
  await open()
  expect(state.value.name).toBe('elsewhere')
  await open(true)
  expect(state.value.name).toBe('playing')
})

test('a reloaded tab takes over from itself', async () => {
  const received = serve({ [OPEN]: () => json(playback) })
  await watching().open()
  setActivePinia(createPinia())
  await watching().open()
  expect(received[1]?.body).toEqual({ confirm_start: false, take_over: true })
})

test('a player that was taken over stops, and says so', async () => {
  serve({ [OPEN]: () => json(playback), [KEEP]: () => problem(409, 'PLAYBACK_TAKEN_OVER') })
  const { state, open, keep } = watching()
  await open()
  await keep(50)
  expect(state.value.name).toBe('taken_over')
})

test('a position that the network lost does not stop the film', async () => {
  serve({ [OPEN]: () => json(playback), [KEEP]: networkFails })
  const { state, open, keep } = watching()
  await open()
  await keep(50)
  expect(state.value.name).toBe('playing')
})

test('a lease that lapsed is taken again', async () => {
  const received = serve({ [OPEN]: () => json(playback), [KEEP]: () => problem(404, 'PLAYBACK_ENDED') })
  const { state, open, keep } = watching()
  await open()
  await keep(50)
  expect(state.value.name).toBe('playing')
  expect(received.map((one) => one.call)).toEqual([OPEN, KEEP, OPEN])
})

test('leaving keeps the last position before the session is closed', async () => {
  const received = serve({ [OPEN]: () => json(playback), [KEEP]: () => json(playback), [CLOSE]: () => json(null) })
  const { open, close } = watching()
  await open()
  await close(61.7)
  expect(received.slice(1).map(({ call, body }) => [call, body])).toEqual([
    [KEEP, { position_seconds: 61 }],
    [CLOSE, null],
  ])
  expect(usePlayer().playback).toBeNull()
})
