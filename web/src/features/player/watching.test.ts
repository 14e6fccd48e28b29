import { expect, test, vi } from 'vitest'

import type { StoreWord } from '@/api/types'
import { granted, Line, line, overRest, playing, watching, withLines } from './watching.fake'

withLines()

test('the clock of a rental starts only after the customer confirmed it', () => {
  const { state, open, confirm } = watching()
  open()
  line().opens().hears({ type: 'asked', question: 'START_NOT_CONFIRMED', viewing_window_hours: 48, device: '' })
  expect(state.value).toEqual({ name: 'confirm', windowHours: 48 })
  confirm()
  line().opens().hears(granted)
  expect(state.value).toEqual(playing)
  expect(Line.lines.map(({ said }) => said)).toEqual([
    [{ type: 'open', confirm_start: false, take_over: false, playback_id: null, idempotency_key: expect.any(String) }],
    [{ type: 'open', confirm_start: true, take_over: false, playback_id: null, idempotency_key: expect.any(String) }],
  ])
  expect(line().address.pathname).toBe('/api/v1/library/rental/play')
})

test('a film that plays elsewhere is taken over only when the customer asks for it', () => {
  const { state, open } = watching()
  open()
  line()
    .opens()
    .hears({ type: 'asked', question: 'PLAYING_ELSEWHERE', viewing_window_hours: 0, device: 'Firefox · Android' })
  expect(state.value).toEqual({ name: 'elsewhere', device: 'Firefox · Android' })
  open(true)
  expect(line().opens().said).toMatchObject([{ take_over: true }])
})

test('a reloaded tab continues with its own session', () => {
  watching().open()
  line().opens().hears(granted)
  watching().open()
  expect(line().opens().said).toMatchObject([{ playback_id: 'showing', take_over: false }])
})

test('a player that was taken over stops, says so, and does not resume by itself', () => {
  const { state, open } = watching()
  open()
  line().opens().hears(granted)
  line().hears({ type: 'displaced', device: '' })
  expect(state.value).toEqual({ name: 'taken_over', device: null })
  line().breaks()
  vi.runAllTimers()
  expect(Line.lines).toHaveLength(1)
})

test('a connection that is cut is reopened while the film plays on', () => {
  const { state, open } = watching()
  open()
  line().opens().hears(granted)
  const before = state.value
  line().breaks()
  expect(state.value).toBe(before)
  vi.advanceTimersByTime(500)
  line().opens().hears(granted)
  expect(Line.lines).toHaveLength(2)
  expect(state.value).toBe(before)
})

/** How many connections fail before the customer sees a failure. */
const ATTEMPTS = 9

test('a film keeps playing while its connection is gone, however long', () => {
  const { state, open } = watching()
  open()
  line().opens().hears(granted)
  for (let attempt = 0; attempt < 3 * ATTEMPTS; attempt += 1) {
    line().breaks()
    vi.runAllTimers()
  }
  expect(state.value).toEqual(playing)
  line()
    .opens()
    .hears({ ...granted, media_url: '/media/another/film.mp4' })
  expect(state.value).toMatchObject({ showing: { mediaUrl: '/media/another/film.mp4' } })
})

test('a new session continues where this page last had the film', () => {
  const { state, open, seePicture, keep } = watching()
  open()
  line().opens().hears(granted)
  seePicture(42)
  keep(95.5)
  line().hears({ type: 'ended' })
  line()
    .opens()
    .hears({ ...granted, media_url: '/media/another/film.mp4' })
  expect(state.value).toMatchObject({ showing: { position: 95.5, again: true } })
})

test('a store that does not answer is reported, and the film opens by itself when the network is back', async () => {
  overRest()
  const { state, open } = watching()
  open()
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    line().breaks()
    await vi.runAllTimersAsync()
  }
  expect(state.value).toMatchObject({ name: 'failed', error: { name: 'NetworkFault' } })
  window.dispatchEvent(new Event('online'))
  line().opens().hears(granted)
  expect(state.value).toEqual(playing)
})

test('a connection that waits is opened at once when the network is back', () => {
  const { open } = watching()
  open()
  line().breaks()
  expect(Line.lines).toHaveLength(1)
  window.dispatchEvent(new Event('online'))
  expect(Line.lines).toHaveLength(2)
})

test('a film whose file is gone, or that the browser cannot decode, is not tried again and again', () => {
  for (const [fault, error] of [
    ['missing', { code: 'MEDIA_NOT_FOUND' }],
    ['unreadable', {}],
  ] as const) {
    const { state, open, broken } = watching()
    open()
    line().opens().hears(granted)
    broken(fault)
    expect(state.value).toMatchObject({ name: 'failed', error })
  }
})

test('a session that lapsed is replaced by a new one, a few times', () => {
  const { state, open } = watching()
  open()
  line().opens().hears(granted)
  for (let time = 0; time < 3; time += 1) {
    line().hears({ type: 'ended' })
    line().opens().hears(granted)
    expect(state.value).toEqual(playing)
  }
  line().hears({ type: 'ended' })
  expect(state.value).toMatchObject({ name: 'failed', error: { code: 'PLAYBACK_ENDED' } })
})

test('positions are sent, and leaving ends the session', () => {
  const { open, seePicture, keep, close } = watching()
  open()
  line().opens().hears(granted)
  seePicture(42)
  keep(50.9)
  close(61.7)
  line().hears({ type: 'ended' })
  line().breaks()
  expect(line().said.slice(2)).toEqual([
    { type: 'beat', position_seconds: 50 },
    { type: 'stop', position_seconds: 61 },
  ])
  expect(Line.lines).toHaveLength(1)
})

test('a viewer who returns before the store knows that they left gets the same session, opened as a new one', () => {
  const first = watching()
  first.open()
  line().opens().hears(granted)
  first.close(61)
  const { state, open } = watching()
  open()
  expect(line().opens().said).toMatchObject([{ playback_id: 'showing', take_over: false }])
  line().hears({ ...granted, position_seconds: 61 })
  expect(state.value).toMatchObject({ showing: { position: 61, again: false } })
})

test('a refusal of the store is shown with its own text', () => {
  const { state, open } = watching()
  open()
  line().opens().hears({ type: 'problem', code: 'VIEWING_WINDOW_ENDED', detail: 'It has ended.' })
  expect(state.value).toMatchObject({ name: 'failed', error: { code: 'VIEWING_WINDOW_ENDED' } })
})

test('the end of a window is announced while the film plays', () => {
  const { state, windowEnds, open } = watching()
  open()
  line().opens().hears(granted)
  line().hears({ type: 'window_ending', watch_until: '2026-11-24T14:00:00Z' })
  expect(windowEnds.value).toBe('2026-11-24T14:00:00Z')
  expect(state.value.name).toBe('playing')
})

const fresh: StoreWord = { ...granted, position_seconds: 0 }

test('the time of a rental runs from the first picture, which the player reports once', () => {
  const { open, seePicture, keep } = watching()
  open()
  const wire = line().opens()
  wire.hears(fresh)
  keep(7.5)
  expect(wire.said.at(-1)).toEqual({ type: 'beat', position_seconds: 0 })
  seePicture(7.5)
  seePicture(8)
  keep(9)
  expect(wire.said.slice(-2)).toEqual([
    { type: 'picture_shown', position_seconds: 7 },
    { type: 'beat', position_seconds: 9 },
  ])
})

test('a film that showed no picture keeps its saved position', () => {
  const { open, keep, close } = watching()
  open()
  const wire = line().opens()
  wire.hears(fresh)
  keep(30)
  close(31)
  expect(wire.said.at(-1)).toEqual({ type: 'stop', position_seconds: 0 })
})

test('after a cut the player reports the picture again, because the store may not have received it', () => {
  const { open, seePicture, keep } = watching()
  open()
  line().opens().hears(fresh)
  seePicture(1)
  keep(5)
  line().breaks()
  vi.advanceTimersByTime(500)
  const again = line().opens()
  again.hears(fresh)
  expect(again.said.at(-1)).toEqual({ type: 'picture_shown', position_seconds: 5 })
})

const keyOf = ({ said }: Line) => (said[0] as { idempotency_key: string }).idempotency_key

test('a lost grant is requested again under the same key, and another session under another', () => {
  const { open } = watching()
  open()
  const first = line().opens()
  first.breaks()
  vi.advanceTimersByTime(500)
  const second = line().opens()
  expect(keyOf(second)).toBe(keyOf(first))
  second.hears(granted)
  second.hears({ type: 'displaced', device: '' })
  open(true)
  expect(keyOf(line().opens())).not.toBe(keyOf(first))
})
