// Where the film's bytes come from, and what is wrong when they do not come.
import { Problem } from '@/api/problem'

/** Gives the video its film: a file as it is, a playlist through hls.js, which is fetched only then. */
export async function attach(video: HTMLVideoElement, url: string, broken: () => void): Promise<() => void> {
  if (!url.endsWith('.m3u8')) {
    video.src = url
    return () => video.removeAttribute('src')
  }
  const { default: Hls } = await import('hls.js/light')
  // Some browsers say that they can play playlists, and play them worse.
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

/** Why a film stopped coming. */
export type SourceFault =
  /** The network is gone, or the store is: it comes back. */
  | 'unreachable'
  /** The showing has ended; a new one may be opened. */
  | 'ended'
  | 'missing'
  /** The bytes come, and the browser cannot read them. */
  | 'unreadable'

export async function faultOf(url: string, signal: AbortSignal): Promise<SourceFault> {
  let response: Response
  try {
    // One byte: a refusal of HEAD would have no body that says why.
    response = await fetch(url, { headers: { Range: 'bytes=0-0' }, signal, cache: 'no-store' })
  } catch {
    return 'unreachable'
  }
  if (response.ok) return 'unreadable'
  if (response.status >= 500 || response.status === 429) return 'unreachable'
  const problem = Problem.from(await response.json().catch(() => null), response)
  return problem.code === 'MEDIA_NOT_FOUND' ? 'missing' : 'ended'
}
