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

/** What the store grants to play. */
export interface Showing {
  mediaUrl: string
  /** Where it continues, in seconds. */
  position: number
  subtitles: readonly SubtitleFile[]
  chaptersUrl: string | null
  /** The film was playing here a moment ago. */
  again: boolean
}

/** Stores of an older version do not send these. */
type Granted = Extract<StoreWord, { type: 'granted' }> & { subtitles?: SubtitleFile[]; chapters_url?: string | null }

export type WatchState =
  | { name: 'opening' }
  /** The first play starts the viewing window; the customer confirms that once. */
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
  /** When the viewing window of the rental that is playing ends, once that is soon. */
  const windowEnds = shallowRef<string | null>(null)
  const answers = { confirm_start: false, take_over: false }
  let reopened = 0
  /** The last position of the film on this page. */
  let place: number | null = null

  /** Whether the film showed a picture: the viewing window of a rental starts with the first one. */
  let pictureShown = false
  /** The idempotency key of the session that it opens: when the answer is lost, the same key returns the same session. */
  let key = randomKey()

  const line = useConversation(entitlementId, session.customer?.id ?? null, {
    begin: () =>
      line.say({ type: 'open', ...answers, playback_id: ownSession.get(entitlementId), idempotency_key: key }),
    hear,
    lost,
  })
  window.addEventListener('online', comeBack)
  onScopeDispose(() => window.removeEventListener('online', comeBack))

  // A film that plays continues without its connection: it may have minutes in its buffer.
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
    // After a cut the same session has the same address, so the film plays on undisturbed.
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

  // The store ended the session, for example of a laptop that slept; the player opens another one.
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

  /** The film does not load any more. */
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

  /** A film that showed no picture has made no progress. */
  function seenUntil(seconds: number): number {
    if (pictureShown) return Math.floor(seconds)
    return state.value.name === 'playing' ? state.value.showing.position : 0
  }

  /** Sends the film's position to the store. */
  function keep(seconds: number): void {
    if (pictureShown) place = seconds
    line.say({ type: 'beat', position_seconds: seenUntil(seconds) })
  }

  /** The page is being left, perhaps for a reload: the session stays, and its position is saved at once. */
  function keepWhileLeaving(seconds: number): void {
    line.say({ type: 'seek', position_seconds: seenUntil(seconds) })
  }

  /** Leaves the film, so that another device may continue at once. */
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

/** The bytes arrive, but this browser cannot decode them. */
export class UnreadableFilm extends Error {}

function problemOf(code: ProblemCode, detail = ''): Problem {
  return new Problem({ type: 'about:blank', title: '', status: 0, detail, code, request_id: '' }, null)
}
