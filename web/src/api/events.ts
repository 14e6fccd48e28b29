// Follows the store's events, so that the page shows changes without a reload. Where no events arrive, because a proxy
// holds them back, the page polls instead.
import { onScopeDispose, watch } from 'vue'

import { refreshHoldings, refreshShown, refreshTitles } from './queries'
import type { ChangedTitles } from './types'

/** Changes within this time, such as those of an import, are loaded together. */
const GATHER_MS = 250
/** When the store is asked again after it refused; the browser reopens a connection that was cut by itself. */
const REFUSED_WAIT_MS = 30_000
/** The store sends a first event at once, with the place where the stream begins. Without one a proxy holds events back. */
const HEARD_WITHIN_MS = 10_000
/** How often the page polls while no events arrive. */
const ASK_EVERY_MS = 20_000
/** How often the page then tries whether events arrive again. */
const TRY_EVERY_MS = 2 * 60_000

/** Follows events while the page is visible; a tab in the background would hold a connection without using it. */
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
      // The store would refuse an id that it does not know any more each time.
      lastSeen = ''
      again = setTimeout(listen, REFUSED_WAIT_MS)
    })
  }

  /** No event came: the page polls, until it is time to try again. */
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

  // The store decides when the connection opens whose orders it sends, and the last id that was seen is another visitor's.
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
