// Hears from the store what changes, so that what is on the page stays true without a reload. Where events do not come
// through, behind a proxy that holds them back, the page asks again every while.
import { onScopeDispose, watch } from 'vue'

import { refreshHoldings, refreshShown, refreshTitles } from './queries'
import type { ChangedTitles } from './types'

/** Changes that come together, an import say, are looked at together. */
const GATHER_MS = 250
/** How soon the store is asked again after it refused; a line that is cut opens by itself. */
const REFUSED_WAIT_MS = 30_000
/** The first event says where the stream begins, and comes at once: a line on which none came so soon is held back. */
const HEARD_WITHIN_MS = 10_000
/** How often the page asks where no events come. */
const ASK_EVERY_MS = 20_000
/** How often it is tried then whether events come after all. */
const TRY_EVERY_MS = 2 * 60_000

/** Listens for as long as the page is looked at; a tab in the background would hold a connection for nobody. */
export function useStoreEvents(isSignedIn: () => boolean): void {
  let source: EventSource | null = null
  let lastSeen = ''
  let again: ReturnType<typeof setTimeout> | undefined
  let gathering: ReturnType<typeof setTimeout> | undefined
  let hearing: ReturnType<typeof setTimeout> | undefined
  let asking: ReturnType<typeof setInterval> | undefined
  let titles = new Set<string>()
  let holdings = false

  function listen(): void {
    stop()
    if (document.visibilityState === 'hidden') return
    const address = lastSeen ? `/api/v1/events?after=${encodeURIComponent(lastSeen)}` : '/api/v1/events'
    const line = new EventSource(address)
    source = line
    hearing = setTimeout(ask, HEARD_WITHIN_MS)
    const heard = (id: string) => {
      clearTimeout(hearing)
      lastSeen = id
    }
    line.addEventListener('seen', ({ lastEventId }) => heard(lastEventId))
    line.addEventListener('titles', ({ data, lastEventId }) => {
      heard(lastEventId)
      for (const { id } of (JSON.parse(String(data)) as ChangedTitles).titles) titles.add(id)
      gather()
    })
    line.addEventListener('orders', ({ lastEventId }) => {
      heard(lastEventId)
      holdings = true
      gather()
    })
    line.addEventListener('error', () => {
      if (line.readyState !== EventSource.CLOSED || line !== source) return
      clearTimeout(hearing)
      // An id that the store does not know any more would be refused for ever.
      lastSeen = ''
      again = setTimeout(listen, REFUSED_WAIT_MS)
    })
  }

  /** No event has come: the page asks for itself, until it is time to try again. */
  function ask(): void {
    stop()
    asking = setInterval(() => void refreshShown(), ASK_EVERY_MS)
    again = setTimeout(listen, TRY_EVERY_MS)
  }

  function stop(): void {
    clearTimeout(again)
    clearTimeout(hearing)
    clearInterval(asking)
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
