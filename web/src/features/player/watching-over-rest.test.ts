import { expect, test, vi } from 'vitest'

import { granted, Line, line, overRest, playing, watching, withLines } from './watching.fake'

withLines()

/** WebSockets that close before they open, as behind a proxy that does not support them. */
async function refuseLines(): Promise<void> {
  line().breaks()
  await vi.advanceTimersByTimeAsync(500)
  line().breaks()
  await vi.advanceTimersByTimeAsync(0)
}

const problem = (status: number, code: string) =>
  [status, { type: 'about:blank', title: '', status, detail: '', code, request_id: 'r', viewing_window_hours: 48 }] as [
    number,
    unknown,
  ]
const playback = { ...granted, type: undefined }

test('where no WebSocket opens, the player uses the REST API', async () => {
  const asked = overRest(
    problem(409, 'START_NOT_CONFIRMED'),
    [200, playback],
    [200, playback],
    [200, playback],
    [200, playback],
    [204, null],
  )
  const { state, open, confirm, seePicture, keep, close } = watching()
  open()
  await refuseLines()
  expect(state.value).toEqual({ name: 'confirm', windowHours: 48 })
  confirm()
  await vi.advanceTimersByTimeAsync(0)
  expect(state.value).toEqual(playing)
  // The page has learned it: it did not try a third WebSocket.
  expect(Line.lines).toHaveLength(2)
  seePicture(50)
  await vi.advanceTimersByTimeAsync(0)
  keep(50)
  keep(51)
  await vi.advanceTimersByTimeAsync(5_000)
  close(52)
  await vi.advanceTimersByTimeAsync(0)
  const path = '/api/v1/library/rental/playback'
  expect(asked).toEqual([
    [`POST ${path}`, { confirm_start: false, take_over: false }],
    [`POST ${path}`, { confirm_start: true, take_over: false }],
    [`PUT ${path}/showing`, { position_seconds: 50, picture_shown: true }],
    [`PUT ${path}/showing`, { position_seconds: 51, picture_shown: true }],
    [`PUT ${path}/showing`, { position_seconds: 52, picture_shown: true }],
    [`DELETE ${path}/showing`, null],
  ])
})

test('another device takes a film over from a player without a WebSocket', async () => {
  overRest([200, playback], problem(409, 'PLAYBACK_TAKEN_OVER'))
  const { state, open, keep } = watching()
  open()
  await refuseLines()
  keep(50)
  await vi.advanceTimersByTimeAsync(5_000)
  expect(state.value).toEqual({ name: 'taken_over', device: null })
})

test('while the network is down the player settles for neither way', async () => {
  overRest()
  const { state, open } = watching()
  open()
  await refuseLines()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(Line.lines.length).toBeGreaterThan(2)
  line().opens().hears(granted)
  expect(state.value).toEqual(playing)
})

test('a WebSocket that a proxy leaves unanswered is given up', async () => {
  overRest([200, playback])
  const { state, open } = watching()
  open()
  await vi.advanceTimersByTimeAsync(5_000)
  expect(line().readyState).toBe(3)
  line().breaks()
  await vi.advanceTimersByTimeAsync(500)
  await vi.advanceTimersByTimeAsync(5_000)
  line().breaks()
  await vi.advanceTimersByTimeAsync(0)
  expect(state.value).toEqual(playing)
})
