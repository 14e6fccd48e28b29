// The messages of the conversation about a playback session as calls of the REST API: for players behind a proxy that lets no
// WebSocket through.
import { answer, api } from '@/api/client'
import { isPassing, Problem } from '@/api/problem'
import type { PlayerWord, StoreWord } from '@/api/types'

/** How often the position is saved; a message in between is saved with the next call. */
const KEEP_EVERY_MS = 5_000

interface RestLine {
  /** Sends a message; an answer goes to `hear`, if there is one yet. False when the store could not be reached. */
  say: (word: PlayerWord) => Promise<boolean>
  /** Sends the last message. */
  leave: (word: PlayerWord) => Promise<void>
  end: () => void
}

export function restLine(entitlement_id: string, hear: (word: StoreWord) => void): RestLine {
  let playback_id: string | null = null
  let position = 0
  /** Sent to the store with each position: a rental's viewing window starts with the first picture. */
  let picture_shown = false
  let kept = 0
  let waiting: ReturnType<typeof setTimeout> | undefined
  let isOver = false

  function tell(word: StoreWord): void {
    if (!isOver) hear(word)
  }

  async function say(word: PlayerWord): Promise<boolean> {
    switch (word.type) {
      case 'open':
        return open(word)
      case 'beat':
        position = word.position_seconds
        waiting ??= setTimeout(() => void keep(), Math.max(0, kept + KEEP_EVERY_MS - Date.now()))
        return true
      case 'picture_shown':
        picture_shown = true
        position = word.position_seconds
        return keep()
      case 'seek':
      case 'stop':
        position = word.position_seconds
        return keep()
    }
  }

  async function open(word: Extract<PlayerWord, { type: 'open' }>): Promise<boolean> {
    const path = { entitlement_id }
    // The same key returns the same session, if the first answer was lost.
    const header = word.idempotency_key ? { 'Idempotency-Key': word.idempotency_key } : {}
    // This tab may take over the session that it opened before.
    const take_over = word.take_over === true || Boolean(word.playback_id)
    const body = { confirm_start: word.confirm_start === true, take_over }
    try {
      const playback = await answer(
        api.POST('/api/v1/library/{entitlement_id}/playback', { params: { path, header }, body }),
      )
      playback_id = playback.playback_id
      position = playback.position_seconds
      kept = Date.now()
      tell({ type: 'granted', ...playback })
      return true
    } catch (error) {
      return refused(error)
    }
  }

  async function keep(): Promise<boolean> {
    clearTimeout(waiting)
    waiting = undefined
    if (playback_id === null || isOver) return true
    kept = Date.now()
    const path = { entitlement_id, playback_id }
    const body = { position_seconds: position, picture_shown }
    try {
      const { expires_at } = await answer(
        api.PUT('/api/v1/library/{entitlement_id}/playback/{playback_id}', { params: { path }, body }),
      )
      tell({ type: 'renewed', expires_at })
      return true
    } catch (error) {
      return refused(error)
    }
  }

  /** Passes a refusal on as the message that the conversation has for it. */
  function refused(error: unknown): boolean {
    if (isPassing(error)) return false
    if (!(error instanceof Problem)) throw error
    const { code, detail, viewing_window_hours } = error.body
    switch (code) {
      case 'START_NOT_CONFIRMED':
      case 'PLAYING_ELSEWHERE':
        tell({ type: 'asked', question: code, viewing_window_hours: viewing_window_hours ?? 0, device: '' })
        return true
      case 'PLAYBACK_TAKEN_OVER':
        tell({ type: 'displaced', device: '' })
        return true
      case 'PLAYBACK_ENDED':
        tell({ type: 'ended' })
        return true
      default:
        tell({ type: 'problem', code, detail })
        return true
    }
  }

  async function leave(word: PlayerWord): Promise<void> {
    await say(word)
    end()
    if (playback_id === null) return
    const path = { entitlement_id, playback_id }
    await api.DELETE('/api/v1/library/{entitlement_id}/playback/{playback_id}', { params: { path } }).catch(() => null)
  }

  function end(): void {
    isOver = true
    clearTimeout(waiting)
  }

  return { say, leave, end }
}
