// A double tap on one side of the film seeks back or forward. A single tap shows the controls, which media-chrome does.
import { onBeforeUnmount, onMounted, type Ref, ref } from 'vue'

const TWO_TAPS_WITHIN_MS = 300
const SHOWN_FOR_MS = 600
/** The middle belongs to the play button. */
const SIDE = 0.35

type Side = -1 | 1

export function useTouch(video: Readonly<Ref<HTMLElement | null>>, twoTaps: (side: Side) => void) {
  /** The side that was tapped, while the player shows it. */
  const touched = ref<Side | null>(null)
  let last: { side: Side; at: number } | null = null
  let hiding: ReturnType<typeof setTimeout> | undefined

  onMounted(() => video.value?.addEventListener('pointerup', tap))
  onBeforeUnmount(() => clearTimeout(hiding))

  function tap({ pointerType, clientX, timeStamp }: PointerEvent): void {
    const side = pointerType === 'touch' ? sideOf(clientX) : null
    if (side && last?.side === side && timeStamp - last.at <= TWO_TAPS_WITHIN_MS) {
      twoTaps(side)
      touched.value = side
      clearTimeout(hiding)
      hiding = setTimeout(() => (touched.value = null), SHOWN_FOR_MS)
    }
    last = side && { side, at: timeStamp }
  }

  function sideOf(clientX: number): Side | null {
    const { left, width } = (video.value as HTMLElement).getBoundingClientRect()
    const at = (clientX - left) / width
    if (at < SIDE) return -1
    return at > 1 - SIDE ? 1 : null
  }

  return touched
}
