// The conversation with the store about one playback session: words each way over a WebSocket, which is opened again by
// itself when it is cut.
import { onScopeDispose } from 'vue'

import type { PlayerWord, StoreWord } from '@/api/types'

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

export function useConversation(entitlementId: string, customerId: string | null, listener: Listener) {
  let socket: WebSocket | null = null
  let waiting: ReturnType<typeof setTimeout> | undefined
  let failed = 0
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
    const address = new URL(`/api/v1/library/${encodeURIComponent(entitlementId)}/play`, location.href)
    if (customerId) address.searchParams.set('customer_id', customerId)
    address.protocol = address.protocol.replace('http', 'ws')
    const line = new WebSocket(address)
    socket = line
    line.addEventListener('open', () => listener.begin())
    line.addEventListener('message', ({ data }) => {
      failed = 0
      if (line === socket) listener.hear(JSON.parse(String(data)) as StoreWord)
    })
    line.addEventListener('close', () => {
      if (line === socket) again()
    })
  }

  function again(): void {
    socket = null
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
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(word))
  }

  /** Says the last word; `left` is called once the store has heard it, or cannot. */
  function leave(word: PlayerWord, left: () => void): void {
    const line = socket
    socket = null
    end()
    if (line?.readyState !== WebSocket.OPEN) return left()
    // The store closes the line when it has written everything down.
    line.addEventListener('close', left, { once: true })
    line.send(JSON.stringify(word))
  }

  function end(): void {
    clearTimeout(waiting)
    waiting = undefined
    const line = socket
    socket = null
    line?.close()
  }

  return { begin, say, leave, end }
}
