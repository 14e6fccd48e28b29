// Where the film's bytes come from, and the reason when they do not arrive.
import { Problem } from '@/api/problem'

/** Connects the video with its film: a file directly, a playlist through hls.js, which is loaded only then. */
export async function attach(video: HTMLVideoElement, url: string, broken: () => void): Promise<() => void> {
  if (!url.endsWith('.m3u8')) {
    video.src = url
    return () => video.removeAttribute('src')
  }
  const { default: Hls } = await import('hls.js/light')
  // Some browsers claim to play playlists, but play them worse than hls.js does.
  if (!Hls.isSupported()) {
    video.src = url
    return () => video.removeAttribute('src')
  }
  const hls = new Hls()
  hls.on(Hls.Events.ERROR, (_event, { fatal }) => {
    if (fatal) broken()
  })
  hls.loadSource(url)
  hls.attachMedia(video)
  return () => hls.destroy()
}

/** Why a film stopped loading. */
export type SourceFault =
  /** The network or the store is down; it will come back. */
  | 'unreachable'
  /** The session has ended; the player may open a new one. */
  | 'ended'
  | 'missing'
  /** The bytes arrive, but the browser cannot decode them. */
  | 'unreadable'

export async function faultOf(url: string, signal: AbortSignal): Promise<SourceFault> {
  let response: Response
  try {
    // Asks for one byte with GET, because the refusal of a HEAD request has no body with the reason.
    response = await fetch(url, { headers: { Range: 'bytes=0-0' }, signal, cache: 'no-store' })
  } catch {
    return 'unreachable'
  }
  if (response.ok) return 'unreadable'
  if (response.status >= 500 || response.status === 429) return 'unreachable'
  const problem = Problem.from(await response.json().catch(() => null), response)
  return problem.code === 'MEDIA_NOT_FOUND' ? 'missing' : 'ended'
}
