// Tells the system what plays, and handles its media keys: those of keyboards, headphones and lock screens.
import { onScopeDispose, watchEffect } from 'vue'

import type { Film } from './film'

export function useMediaSession(
  film: Film,
  about: { name: string; by: string; poster: string },
  more: { step: number; next: () => void; previous: () => void; hasChapters: () => boolean },
): void {
  const session = navigator.mediaSession
  if (!session) return
  session.metadata = new MediaMetadata({ title: about.name, artist: about.by, artwork: [{ src: about.poster }] })
  watchEffect(() => (session.playbackState = film.paused.value ? 'paused' : 'playing'))

  const actions: [MediaSessionAction, MediaSessionActionHandler][] = [
    ['play', () => void film.play()],
    ['pause', () => film.toggle()],
    ['seekbackward', ({ seekOffset }) => film.seekBy(-(seekOffset ?? more.step))],
    ['seekforward', ({ seekOffset }) => film.seekBy(seekOffset ?? more.step)],
    ['seekto', ({ seekTime }) => film.seek(seekTime ?? 0)],
  ]
  for (const [action, act] of actions) hear(action, act)
  watchEffect(() => {
    hear('previoustrack', more.hasChapters() ? more.previous : null)
    hear('nexttrack', more.hasChapters() ? more.next : null)
  })
  onScopeDispose(() => {
    session.metadata = null
    session.playbackState = 'none'
    for (const action of [...actions.map(([name]) => name), 'previoustrack', 'nexttrack'] as const) hear(action, null)
  })

  function hear(action: MediaSessionAction, act: MediaSessionActionHandler | null): void {
    try {
      session.setActionHandler(action, act)
    } catch {
      // A browser without this key.
    }
  }
}
