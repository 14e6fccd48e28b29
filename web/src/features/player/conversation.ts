// The conversation with the store about one playback session: messages each way over a WebSocket, which is reopened when it is
// cut. Where a proxy lets no WebSocket through, the player makes calls of the REST API instead.
import { onScopeDispose } from 'vue'

import type { PlayerWord, StoreWord } from '@/api/types'

import { restLine } from './rest-line'

interface Listener {
  /** The connection is open: the player sends its first message. */
  begin: () => void
  hear: (word: StoreWord) => void
  /** Reopening failed many times; returns whether to keep trying. */
  lost: () => boolean
}

const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 8_000
/** Together longer than a lease: after that the store may give the place to another player. */
const ATTEMPTS = 8
/** After this many WebSockets that did not open, something between browser and store blocks them. */
const REFUSALS = 2
/** A proxy without support for WebSockets may leave the request unanswered. */
const OPENS_WITHIN_MS = 5_000

/** Whether a WebSocket has opened on this page, or a REST call succeeded where none opened. */
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
      // A WebSocket that never opened may be blocked, or the network may be down; a plain request shows which.
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

  /** The network is back, so the next attempt need not wait. */
  function hurry(): void {
    if (waiting === undefined) return
    clearTimeout(waiting)
    connect()
  }

  /** Sends a message. One that finds the connection cut is not sent later, because it would be outdated. */
  function say(word: PlayerWord): void {
    if (socket?.readyState === WebSocket.OPEN) return socket.send(JSON.stringify(word))
    const line = rest
    if (!line) return
    void line.say(word).then((reached) => {
      // The next position replaces one that was not sent; a session that was not opened has to be requested again.
      if (!reached && line === rest && word.type === 'open') again()
    })
  }

  /** Sends the last message; calls `left` when the store has received it, or cannot be reached. */
  function leave(word: PlayerWord, left: () => void): void {
    const [line, calls] = [socket, rest]
    socket = null
    rest = null
    end()
    if (calls) return void calls.leave(word).finally(left)
    if (line?.readyState !== WebSocket.OPEN) return left()
    // The store closes the connection after it has saved everything.
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

/** For tests: each begins like a new page. */
export function forgetLines(): void {
  known = 'unknown'
}
