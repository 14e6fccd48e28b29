// Hears from the store what changes, so that what is on the page stays true without a reload.
import { onScopeDispose, watch } from 'vue'

import { refreshHoldings, refreshTitles } from './queries'
import type { ChangedTitles } from './types'

/** Changes that come together, an import say, are looked at together. */
const GATHER_MS = 250
/** How soon the store is asked again after it refused; a line that is cut opens by itself. */
const REFUSED_WAIT_MS = 30_000

/** Listens for as long as the page is looked at; a tab in the background would hold a connection for nobody. */
export function useStoreEvents(isSignedIn: () => boolean): void {
  let source: EventSource | null = null
  let lastSeen = ''
  let again: ReturnType<typeof setTimeout> | undefined
  let gathering: ReturnType<typeof setTimeout> | undefined
  let titles = new Set<string>()
  let holdings = false

  function listen(): void {
    stop()
    if (document.visibilityState === 'hidden') return
    const address = lastSeen ? `/api/v1/events?after=${encodeURIComponent(lastSeen)}` : '/api/v1/events'
    const line = new EventSource(address)
    source = line
    line.addEventListener('seen', ({ lastEventId }) => {
      lastSeen = lastEventId
    })
    line.addEventListener('titles', ({ data, lastEventId }) => {
      lastSeen = lastEventId
      for (const { id } of (JSON.parse(String(data)) as ChangedTitles).titles) titles.add(id)
      gather()
    })
    line.addEventListener('orders', ({ lastEventId }) => {
      lastSeen = lastEventId
      holdings = true
      gather()
    })
    line.addEventListener('error', () => {
      if (line.readyState !== EventSource.CLOSED || line !== source) return
      // An id that the store does not know any more would be refused for ever.
      lastSeen = ''
      again = setTimeout(listen, REFUSED_WAIT_MS)
    })
  }

  function stop(): void {
    clearTimeout(again)
    source?.close()
    source = null
  }

  function gather(): void {
    gathering ??= setTimeout(look, GATHER_MS)
  }

  function look(): void {
    gathering = undefined
    const [changed, holdingsChanged] = [titles, holdings]
    titles = new Set()
    holdings = false
    if (changed.size > 0) void refreshTitles(changed)
    if (holdingsChanged) void refreshHoldings()
  }

  // Whose orders are told of is settled when the line opens; what was seen before was seen by somebody else.
  watch(
    isSignedIn,
    () => {
      lastSeen = ''
      listen()
    },
    { immediate: true },
  )
  document.addEventListener('visibilitychange', listen)
  onScopeDispose(() => {
    document.removeEventListener('visibilitychange', listen)
    clearTimeout(gathering)
    stop()
  })
}
