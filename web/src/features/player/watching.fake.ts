// A fake store at the other end of a player's connection, for tests.
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, vi } from 'vitest'
import { effectScope } from 'vue'

import type { PlayerWord, StoreWord } from '@/api/types'
import { forgetLines } from './conversation'
import { useWatching } from './watching'

/** A WebSocket to a store whose messages the test sends. */
export class Line extends EventTarget {
  static readonly OPEN = 1
  static lines: Line[] = []
  readyState = 0
  said: PlayerWord[] = []

  constructor(readonly address: URL) {
    super()
    Line.lines.push(this)
  }

  send(text: string): void {
    this.said.push(JSON.parse(text) as PlayerWord)
  }

  close(): void {
    this.readyState = 3
  }

  opens(): this {
    this.readyState = Line.OPEN
    this.dispatchEvent(new Event('open'))
    return this
  }

  hears(word: StoreWord): void {
    this.dispatchEvent(new MessageEvent('message', { data: JSON.stringify(word) }))
  }

  breaks(): void {
    this.readyState = 3
    this.dispatchEvent(new Event('close'))
  }
}

export const granted: Extract<StoreWord, { type: 'granted' }> = {
  type: 'granted',
  playback_id: 'showing',
  media_url: '/media/token/film.mp4',
  subtitles: [],
  chapters_url: null,
  expires_at: '2026-11-24T13:00:00Z',
  position_seconds: 42,
}
export const showing = {
  mediaUrl: '/media/token/film.mp4',
  position: 42,
  subtitles: [],
  chaptersUrl: null,
  again: false,
}
export const playing = { name: 'playing', showing }

/** Gives each test of a file its own connections, and a clock that it moves. */
export function withLines(): void {
  beforeEach(() => {
    setActivePinia(createPinia())
    sessionStorage.clear()
    forgetLines()
    Line.lines = []
    vi.stubGlobal('WebSocket', Line)
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
    vi.unstubAllGlobals()
  })
}

export function watching() {
  return effectScope().run(() => useWatching('rental')) as ReturnType<typeof useWatching>
}

export function line(): Line {
  return Line.lines.at(-1) as Line
}

/** Records the calls to the store's REST API, and answers them in turn. */
export function overRest(...answers: [status: number, body: unknown][]) {
  const asked: [string, unknown][] = []
  vi.stubGlobal('fetch', async (request: Request) => {
    const text = await request.text()
    asked.push([`${request.method} ${new URL(request.url).pathname}`, text ? JSON.parse(text) : null])
    const answer = answers.shift()
    if (!answer) throw new TypeError('offline')
    const [status, body] = answer
    return new Response(status === 204 ? null : JSON.stringify(body), {
      status,
      headers: { 'content-type': 'application/json' },
    })
  })
  return asked
}
