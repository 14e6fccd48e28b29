// The course of watching a film: opening it, confirming its clock, giving way to another device, and ending.
import { onScopeDispose, shallowRef } from 'vue'

import { NetworkFault, Problem, type ProblemCode } from '@/api/problem'
import { refreshHoldings } from '@/api/queries'
import type { StoreWord } from '@/api/types'
import { useSession } from '@/session'

import { useConversation } from './conversation'
import { ownSession } from './own-session'
import type { SourceFault } from './source'
import type { SubtitleFile } from './subtitles'

/** What the store lets play. */
export interface Showing {
  mediaUrl: string
  /** Where it goes on, in seconds. */
  position: number
  subtitles: readonly SubtitleFile[]
  chaptersUrl: string | null
  /** The film was playing here a moment ago. */
  again: boolean
}

/** Not every store tells of these yet. */
type Granted = Extract<StoreWord, { type: 'granted' }> & { subtitles?: SubtitleFile[]; chapters_url?: string | null }

export type WatchState =
  | { name: 'opening' }
  /** The first play starts the viewing window; that is asked once. */
  | { name: 'confirm'; windowHours: number | null }
  | { name: 'elsewhere'; device: string | null }
  | { name: 'playing'; showing: Showing }
  /** Another device took the film over. */
  | { name: 'taken_over'; device: string | null }
  | { name: 'failed'; error: unknown }

const REOPEN_AT_MOST = 3

export function useWatching(entitlementId: string) {
  const session = useSession()
  const state = shallowRef<WatchState>({ name: 'opening' })
  /** When the window of the rental that is playing ends, once that is soon. */
  const windowEnds = shallowRef<string | null>(null)
  const answers = { confirm_start: false, take_over: false }
  let reopened = 0
  /** Where the film was seen last in this window. */
  let place: number | null = null

  /** Whether a picture was seen: with the first one, the viewing window of a rental starts. */
  let pictureShown = false
  /** This player's own name for the session that it opens: a grant that was lost on the way is given again. */
  let key = randomKey()

  const line = useConversation(entitlementId, session.customer?.id ?? null, {
    begin: () =>
      line.say({ type: 'open', ...answers, playback_id: ownSession.get(entitlementId), idempotency_key: key }),
    hear,
    lost,
  })
  window.addEventListener('online', comeBack)
  onScopeDispose(() => window.removeEventListener('online', comeBack))

  // A film that plays is not interrupted for a line that is not there: it may have minutes in hand.
  function lost(): boolean {
    if (state.value.name === 'playing') return true
    state.value = { name: 'failed', error: new NetworkFault(null) }
    return false
  }

  function comeBack(): void {
    if (state.value.name === 'failed' && state.value.error instanceof NetworkFault) open()
  }

  function open(takeOver = false): void {
    if (takeOver) place = null
    answers.take_over = takeOver
    key = randomKey()
    state.value = { name: 'opening' }
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
        return over({ name: 'taken_over', device: word.device || null })
      case 'ended':
        return ended()
      case 'problem':
        return refused(word)
    }
  }

  function granted(word: Granted): void {
    const again = place !== null || ownSession.goesOn(entitlementId, word.playback_id)
    ownSession.set(entitlementId, word.playback_id)
    answers.take_over = false
    if (pictureShown) sayPictureShown(place ?? word.position_seconds)
    // After a cut the film goes on as if nothing had been: its address is the same.
    if (state.value.name === 'playing' && state.value.showing.mediaUrl === word.media_url) return
    const showing = {
      mediaUrl: word.media_url,
      position: place ?? word.position_seconds,
      subtitles: word.subtitles ?? [],
      chaptersUrl: word.chapters_url ?? null,
      again,
    }
    state.value = { name: 'playing', showing }
    void refreshHoldings()
  }

  function asked(word: Extract<StoreWord, { type: 'asked' }>): void {
    line.end()
    state.value =
      word.question === 'PLAYING_ELSEWHERE'
        ? { name: 'elsewhere', device: word.device || null }
        : { name: 'confirm', windowHours: word.viewing_window_hours }
  }

  // The store ended the session: of a laptop that slept, say. It is opened again.
  function ended(): void {
    ownSession.remove(entitlementId)
    reopen()
  }

  function refused(word: Extract<StoreWord, { type: 'problem' }>): void {
    const problem = problemOf(word.code as ProblemCode, word.detail)
    if (problem.code === 'UNAUTHENTICATED') session.leave()
    over({ name: 'failed', error: problem })
  }

  function over(end: WatchState): void {
    line.end()
    ownSession.remove(entitlementId)
    state.value = end
  }

  function reopen(): void {
    if (++reopened > REOPEN_AT_MOST) over({ name: 'failed', error: problemOf('PLAYBACK_ENDED') })
    else open()
  }

  /** The film does not come any more. */
  function broken(fault: Exclude<SourceFault, 'unreachable'>): void {
    if (fault === 'ended') reopen()
    else if (fault === 'missing') over({ name: 'failed', error: problemOf('MEDIA_NOT_FOUND') })
    else over({ name: 'failed', error: new UnreadableFilm() })
  }

  /** The film shows a picture, at this second: only now does a rental's time run. */
  function seePicture(seconds: number): void {
    if (pictureShown) return
    pictureShown = true
    sayPictureShown(seconds)
  }

  function sayPictureShown(seconds: number): void {
    line.say({ type: 'picture_shown', position_seconds: Math.floor(seconds) })
  }

  /** A film whose picture was not seen has come nowhere. */
  function seenUntil(seconds: number): number {
    if (pictureShown) return Math.floor(seconds)
    return state.value.name === 'playing' ? state.value.showing.position : 0
  }

  /** Tells the store where the film is. */
  function keep(seconds: number): void {
    if (pictureShown) place = seconds
    line.say({ type: 'beat', position_seconds: seenUntil(seconds) })
  }

  /** The page goes away, perhaps to be reloaded: the session stays, its position is written at once. */
  function keepWhileLeaving(seconds: number): void {
    line.say({ type: 'seek', position_seconds: seenUntil(seconds) })
  }

  /** Leaves the film, so that another device may go on at once. */
  function close(seconds: number): void {
    ownSession.leave(entitlementId)
    line.leave({ type: 'stop', position_seconds: seenUntil(seconds) }, () => void refreshHoldings())
  }

  return { state, windowEnds, open, confirm, seePicture, keep, broken, close, keepWhileLeaving }
}

function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** The bytes come, and this browser cannot play them. */
export class UnreadableFilm extends Error {}

function problemOf(code: ProblemCode, detail = ''): Problem {
  return new Problem({ type: 'about:blank', title: '', status: 0, detail, code, request_id: '' }, null)
}
