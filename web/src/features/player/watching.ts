// The course of watching a film: opening it, confirming its clock, giving way to another device, and ending.
import { onScopeDispose, shallowRef } from 'vue'

import { hasCode, isPassing } from '@/api/problem'
import { useSession } from '@/session'

import { usePlayer } from './store'

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
  const player = usePlayer()
  const session = useSession()
  const state = shallowRef<WatchState>({ name: 'opening' })
  let confirmed = false
  let reopened = 0
  let left = false
  onScopeDispose(() => (left = true))

  async function open(takeOver = false): Promise<void> {
    state.value = { name: 'opening' }
    try {
      await player.open(entitlementId, { confirmStart: confirmed, takeOver })
      const playback = player.playback
      if (left) return void player.close(playback?.position_seconds ?? 0)
      if (playback) {
        state.value = { name: 'playing', mediaUrl: playback.media_url, position: playback.position_seconds }
      }
    } catch (error) {
      state.value = afterRefusal(error)
    }
  }

  function confirm(): Promise<void> {
    confirmed = true
    return open()
  }

  /** Tells the store how far watching came; it may answer that this player must stop. */
  async function keep(seconds: number): Promise<void> {
    try {
      await player.keep(seconds)
      reopened = 0
    } catch (error) {
      if (state.value.name !== 'playing' || isPassing(error)) return
      player.drop()
      if (hasCode(error, 'PLAYBACK_ENDED')) await reopen()
      else state.value = afterStop(error)
    }
  }

  /** The media stopped coming, as it does when the lease has lapsed (a laptop that slept). */
  async function reopen(): Promise<void> {
    if (++reopened > REOPEN_AT_MOST) state.value = { name: 'failed', error: new Error('The media does not play.') }
    else await open()
  }

  function afterRefusal(error: unknown): WatchState {
    if (hasCode(error, 'START_NOT_CONFIRMED')) {
      return { name: 'confirm', windowHours: error.body.viewing_window_hours ?? null }
    }
    if (hasCode(error, 'PLAYING_ELSEWHERE')) return { name: 'elsewhere' }
    if (hasCode(error, 'UNAUTHENTICATED')) session.leave()
    return { name: 'failed', error }
  }

  function afterStop(error: unknown): WatchState {
    if (hasCode(error, 'PLAYBACK_TAKEN_OVER', 'PLAYING_ELSEWHERE')) return { name: 'taken_over' }
    return afterRefusal(error)
  }

  return { state, open, confirm, keep, reopen, close: player.close, keepWhileLeaving: player.keepWhileLeaving }
}
