// The conversation with the store about one playback session: words each way over a WebSocket, which is opened again by
// itself when it is cut.
import { onScopeDispose } from 'vue'

import type { PlayerWord, StoreWord } from '@/api/types'

interface Listener {
  /** The line is open: the player says what it wants. */
  begin: () => void
  hear: (word: StoreWord) => void
  /** It was opened again too often in vain. */
  lost: () => void
}

const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 8_000
/** Longer than a lease: then the place is free for others. */
const ATTEMPTS = 8

export function useConversation(entitlementId: string, listener: Listener) {
  let socket: WebSocket | null = null
  let waiting: ReturnType<typeof setTimeout> | undefined
  let failed = 0
  onScopeDispose(end)

  function begin(): void {
    end()
    failed = 0
    connect()
  }

  function connect(): void {
    const address = new URL(`/api/v1/library/${encodeURIComponent(entitlementId)}/play`, location.href)
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
    if (++failed > ATTEMPTS) return listener.lost()
    waiting = setTimeout(connect, Math.min(FIRST_WAIT_MS * 2 ** (failed - 1), LONGEST_WAIT_MS))
  }

  /** Says a word; one that finds the line cut is not said later, when it is no longer true. */
  function say(word: PlayerWord): void {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(word))
  }

  function end(): void {
    clearTimeout(waiting)
    const line = socket
    socket = null
    line?.close()
  }

  return { begin, say, end }
}
