// The course of watching a film: opening it, confirming its clock, giving way to another device, and ending.
import { onScopeDispose, shallowRef } from 'vue'

import { NetworkFault, Problem, type ProblemCode } from '@/api/problem'
import { refreshHoldings } from '@/api/queries'
import type { StoreWord } from '@/api/types'
import { useSession } from '@/session'

import { useConversation } from './conversation'

export type WatchState =
  | { name: 'opening' }
  /** The first play starts the viewing window; that is asked once. */
  | { name: 'confirm'; windowHours: number | null }
  | { name: 'elsewhere' }
  | { name: 'playing'; mediaUrl: string; position: number }
  /** Another device took the film over. */
  | { name: 'taken_over' }
  | { name: 'failed'; error: unknown }

const REOPEN_AT_MOST = 3

export function useWatching(entitlementId: string) {
  const session = useSession()
  const state = shallowRef<WatchState>({ name: 'opening' })
  /** When the window of the rental that is playing ends, once that is soon. */
  const windowEnds = shallowRef<string | null>(null)
  const answers = { confirm_start: false, take_over: false }
  let reopened = 0
  let stopping = false

  const line = useConversation(entitlementId, {
    begin: () => line.say({ type: 'open', ...answers, playback_id: ownSession.get(entitlementId) }),
    hear,
    lost: () => (state.value = { name: 'failed', error: new NetworkFault(null) }),
  })
  onScopeDispose(() => void refreshHoldings())

  function open(takeOver = false): void {
    answers.take_over = takeOver
    state.value = { name: 'opening' }
    stopping = false
    line.begin()
  }

  function confirm(): void {
    answers.confirm_start = true
    open()
  }

  function hear(word: StoreWord): void {
    switch (word.type) {
      case 'granted':
        return granted(word)
      case 'renewed':
        reopened = 0
        return
      case 'asked':
        return asked(word)
      case 'window_ending':
        windowEnds.value = word.watch_until
        return
      case 'displaced':
        return over({ name: 'taken_over' })
      case 'ended':
        return ended()
      case 'problem':
        return refused(word)
    }
  }

  function granted(word: Extract<StoreWord, { type: 'granted' }>): void {
    ownSession.set(entitlementId, word.playback_id)
    answers.take_over = false
    // After a cut the film goes on as if nothing had been: its address is the same.
    if (state.value.name === 'playing' && state.value.mediaUrl === word.media_url) return
    state.value = { name: 'playing', mediaUrl: word.media_url, position: word.position_seconds }
    void refreshHoldings()
  }

  function asked(word: Extract<StoreWord, { type: 'asked' }>): void {
    line.end()
    state.value =
      word.question === 'PLAYING_ELSEWHERE'
        ? { name: 'elsewhere' }
        : { name: 'confirm', windowHours: word.viewing_window_hours }
  }

  // The store ended the session: of a laptop that slept, say. It is opened again.
  function ended(): void {
    ownSession.remove(entitlementId)
    if (stopping) line.end()
    else reopen()
  }

  function refused(word: Extract<StoreWord, { type: 'problem' }>): void {
    const problem = new Problem(
      {
        type: 'about:blank',
        title: '',
        status: 0,
        detail: word.detail,
        code: word.code as ProblemCode,
        request_id: '',
      },
      null,
    )
    if (problem.code === 'UNAUTHENTICATED') session.leave()
    over({ name: 'failed', error: problem })
  }

  function over(end: WatchState): void {
    line.end()
    ownSession.remove(entitlementId)
    state.value = end
  }

  /** The media stopped coming, or the session did. */
  function reopen(): void {
    if (++reopened > REOPEN_AT_MOST) over({ name: 'failed', error: new Error('The media does not play.') })
    else open()
  }

  /** Tells the store where the film is. */
  function keep(seconds: number): void {
    line.say({ type: 'beat', position_seconds: Math.floor(seconds) })
  }

  /** The page goes away, perhaps to be reloaded: the session stays, its position is written at once. */
  function keepWhileLeaving(seconds: number): void {
    line.say({ type: 'seek', position_seconds: Math.floor(seconds) })
  }

  /** Leaves the film, so that another device may go on at once. */
  function close(seconds: number): void {
    stopping = true
    ownSession.remove(entitlementId)
    line.say({ type: 'stop', position_seconds: Math.floor(seconds) })
  }

  return { state, windowEnds, open, confirm, keep, reopen, close, keepWhileLeaving }
}

/** The session that this tab opened; it outlives a reload, and then goes on. */
const ownSession = {
  key: (entitlement: string) => `playing:${entitlement}`,
  get(entitlement: string): string | null {
    return attempt(() => sessionStorage.getItem(this.key(entitlement))) ?? null
  },
  set(entitlement: string, playback: string): void {
    attempt(() => sessionStorage.setItem(this.key(entitlement), playback))
  },
  remove(entitlement: string): void {
    attempt(() => sessionStorage.removeItem(this.key(entitlement)))
  },
}

function attempt<T>(use: () => T): T | undefined {
  try {
    return use()
  } catch {
    return undefined
  }
}
