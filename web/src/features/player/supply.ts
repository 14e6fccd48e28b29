// Loads the film: attaches it to the video, and finds out the reason when it stops. While the network is down it waits, and
// then continues from the same position by itself.
import { onBeforeUnmount, onMounted, type Ref, ref } from 'vue'

import { attach, faultOf, type SourceFault } from './source'

const FIRST_WAIT_MS = 1_000
const LONGEST_WAIT_MS = 10_000

export function useSupply(
  video: Readonly<Ref<HTMLVideoElement | null>>,
  url: string,
  failed: (fault: Exclude<SourceFault, 'unreachable'>) => void,
) {
  /** The film does not load at the moment. */
  const interrupted = ref(false)
  const left = new AbortController()
  let detach: (() => void) | undefined
  let waiting: ReturnType<typeof setTimeout> | undefined
  let waitMs = FIRST_WAIT_MS

  onMounted(() => {
    void load()
    video.value?.addEventListener('error', look)
    window.addEventListener('online', look)
  })
  onBeforeUnmount(() => {
    left.abort()
    clearTimeout(waiting)
    window.removeEventListener('online', look)
    detach?.()
  })

  async function load(): Promise<void> {
    if (!video.value) return
    detach?.()
    const attached = await attach(video.value, url, look)
    if (left.signal.aborted) attached()
    else detach = attached
  }

  async function look(event?: Event): Promise<void> {
    // The network is back, which only matters if the film was waiting for it.
    if (event?.type === 'online' && !interrupted.value) return
    clearTimeout(waiting)
    const wasInterrupted = interrupted.value
    interrupted.value = true
    const fault = await faultOf(url, left.signal)
    if (left.signal.aborted) return
    if (fault === 'unreachable') {
      waiting = setTimeout(() => void look(), waitMs)
      waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)
    } else if (fault === 'unreadable' && (wasInterrupted || isOfNetwork())) {
      // The bytes arrive again.
      await load()
    } else {
      failed(fault)
    }
  }

  function isOfNetwork(): boolean {
    return video.value?.error?.code === MediaError.MEDIA_ERR_NETWORK
  }

  /** The film is loading again. */
  function arrived(): void {
    interrupted.value = false
    waitMs = FIRST_WAIT_MS
  }

  return { interrupted, arrived }
}
