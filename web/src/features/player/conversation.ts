// The conversation with the store about one playback session: words each way over a WebSocket, which is opened again by
// itself when it is cut. Where no WebSocket comes through, the same words are said as calls of the REST API.
import { onScopeDispose } from 'vue'

import type { PlayerWord, StoreWord } from '@/api/types'

import { restLine } from './rest-line'

interface Listener {
  /** The line is open: the player says what it wants. */
  begin: () => void
  hear: (word: StoreWord) => void
  /** It was opened again often in vain; whether to go on trying. */
  lost: () => boolean
}

const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 8_000
/** Longer than a lease: then the place is free for others. */
const ATTEMPTS = 8
/** A WebSocket that did not open so often is not let through by something on the way. */
const REFUSALS = 2
/** A proxy that knows no WebSockets may leave the request standing. */
const OPENS_WITHIN_MS = 5_000

/** Whether a WebSocket has opened on this page, or none comes through. */
let known: 'unknown' | 'opens' | 'refused' = 'unknown'

export function useConversation(entitlementId: string, customerId: string | null, listener: Listener) {
  let socket: WebSocket | null = null
  let rest: ReturnType<typeof restLine> | null = null
  let waiting: ReturnType<typeof setTimeout> | undefined
  let opening: ReturnType<typeof setTimeout> | undefined
  let failed = 0
  let refusals = 0
  window.addEventListener('online', hurry)
  onScopeDispose(() => {
    window.removeEventListener('online', hurry)
    end()
  })

  function begin(): void {
    end()
    failed = 0
    connect()
  }

  function connect(): void {
    waiting = undefined
    if (known === 'refused') return askByRest()
    const address = new URL(`/api/v1/library/${encodeURIComponent(entitlementId)}/play`, location.href)
    if (customerId) address.searchParams.set('customer_id', customerId)
    address.protocol = address.protocol.replace('http', 'ws')
    const line = new WebSocket(address)
    socket = line
    opening = setTimeout(() => line.close(), OPENS_WITHIN_MS)
    line.addEventListener('open', () => {
      clearTimeout(opening)
      known = 'opens'
      if (line === socket) listener.begin()
    })
    line.addEventListener('message', ({ data }) => {
      failed = 0
      if (line === socket) listener.hear(JSON.parse(String(data)) as StoreWord)
    })
    line.addEventListener('close', () => {
      if (line !== socket) return
      clearTimeout(opening)
      socket = null
      // A line that was never open may be refused, or the network may be away: a plain request tells.
      if (known === 'unknown' && ++refusals >= REFUSALS) askByRest()
      else again()
    })
  }

  function askByRest(): void {
    rest?.end()
    rest = restLine(entitlementId, (word) => {
      known = known === 'unknown' ? 'refused' : known
      failed = 0
      listener.hear(word)
    })
    listener.begin()
  }

  function again(): void {
    rest?.end()
    rest = null
    if (++failed > ATTEMPTS && !listener.lost()) return
    waiting = setTimeout(connect, Math.min(FIRST_WAIT_MS * 2 ** (failed - 1), LONGEST_WAIT_MS))
  }

  /** The network is back: there is nothing to wait for. */
  function hurry(): void {
    if (waiting === undefined) return
    clearTimeout(waiting)
    connect()
  }

  /** Says a word; one that finds the line cut is not said later, when it is no longer true. */
  function say(word: PlayerWord): void {
    if (socket?.readyState === WebSocket.OPEN) return socket.send(JSON.stringify(word))
    const line = rest
    if (!line) return
    void line.say(word).then((reached) => {
      // A position that was not heard is said again with the next; a session that was not opened is asked for again.
      if (!reached && line === rest && word.type === 'open') again()
    })
  }

  /** Says the last word; `left` is called once the store has heard it, or cannot. */
  function leave(word: PlayerWord, left: () => void): void {
    const [line, calls] = [socket, rest]
    socket = null
    rest = null
    end()
    if (calls) return void calls.leave(word).finally(left)
    if (line?.readyState !== WebSocket.OPEN) return left()
    // The store closes the line when it has written everything down.
    line.addEventListener('close', left, { once: true })
    line.send(JSON.stringify(word))
  }

  function end(): void {
    clearTimeout(waiting)
    clearTimeout(opening)
    waiting = undefined
    const line = socket
    socket = null
    line?.close()
    rest?.end()
    rest = null
  }

  return { begin, say, leave, end }
}

/** For tests: each begins with a page that has tried nothing. */
export function forgetLines(): void {
  known = 'unknown'
}
