import { expect, test, vi } from 'vitest'

import type { StoreWord } from '@/api/types'
import { granted, Line, line, overRest, playing, watching, withLines } from './watching.fake'

withLines()

test('the clock of a rental starts only after it was confirmed', () => {
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

test('a film that plays elsewhere is taken over only when asked to', () => {
  const { state, open } = watching()
  open()
  line()
    .opens()
    .hears({ type: 'asked', question: 'PLAYING_ELSEWHERE', viewing_window_hours: 0, device: 'Firefox · Android' })
  expect(state.value).toEqual({ name: 'elsewhere', device: 'Firefox · Android' })
  open(true)
  expect(line().opens().said).toMatchObject([{ take_over: true }])
})

test('a reloaded tab goes on with its own session', () => {
  watching().open()
  line().opens().hears(granted)
  watching().open()
  expect(line().opens().said).toMatchObject([{ playback_id: 'showing', take_over: false }])
})

test('a player that was taken over stops, says so, and does not come back by itself', () => {
  const { state, open } = watching()
  open()
  line().opens().hears(granted)
  line().hears({ type: 'displaced', device: '' })
  expect(state.value).toEqual({ name: 'taken_over', device: null })
  line().breaks()
  vi.runAllTimers()
  expect(Line.lines).toHaveLength(1)
})

test('a line that is cut is opened again while the film plays on', () => {
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

/** So often a line is opened in vain before somebody is told. */
const ATTEMPTS = 9

test('a film that plays goes on while its line is gone, however long', () => {
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

test('a new showing goes on where this window saw the film last', () => {
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

test('a store that does not answer is told of, and the film opens by itself when the network is back', async () => {
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

test('a line that waits is opened at once when the network is back', () => {
  const { open } = watching()
  open()
  line().breaks()
  expect(Line.lines).toHaveLength(1)
  window.dispatchEvent(new Event('online'))
  expect(Line.lines).toHaveLength(2)
})

test('a film whose file is gone, or that the browser cannot read, is not tried again and again', () => {
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

test('a session that lapsed is opened anew, a few times', () => {
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

test('positions are told, and leaving frees the place', () => {
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

test('who comes back before the store has heard that they left gets their place, and begins anew', () => {
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

test('what the store refuses is told in its words', () => {
  const { state, open } = watching()
  open()
  line().opens().hears({ type: 'problem', code: 'VIEWING_WINDOW_ENDED', detail: 'It has ended.' })
  expect(state.value).toMatchObject({ name: 'failed', error: { code: 'VIEWING_WINDOW_ENDED' } })
})

test('the end of a window is told while the film plays', () => {
  const { state, windowEnds, open } = watching()
  open()
  line().opens().hears(granted)
  line().hears({ type: 'window_ending', watch_until: '2026-11-24T14:00:00Z' })
  expect(windowEnds.value).toBe('2026-11-24T14:00:00Z')
  expect(state.value.name).toBe('playing')
})

const fresh: StoreWord = { ...granted, position_seconds: 0 }

test('the time of a rental runs from the first picture, which the store is told of once', () => {
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

test('a film that showed no picture is left where it was', () => {
  const { open, keep, close } = watching()
  open()
  const wire = line().opens()
  wire.hears(fresh)
  keep(30)
  close(31)
  expect(wire.said.at(-1)).toEqual({ type: 'stop', position_seconds: 0 })
})

test('a store that may not have heard of the picture is told again after a cut', () => {
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

test('a grant that was lost is asked for again under the same key, and another showing under another', () => {
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
