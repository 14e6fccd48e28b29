// What stands on a stage of a few: the next one comes by itself after a while, until somebody looks closer, takes over or
// stops it. Whoever wants less motion starts it themselves, or not at all.
import { computed, type ComputedRef, onScopeDispose, type Ref, ref, watch } from 'vue'

const EACH_MS = 10_000

export interface Stage {
  current: Readonly<Ref<number>>
  /** Whether the next one comes by itself. */
  playing: ComputedRef<boolean>
  /** Somebody looks closer: nothing moves while they do. */
  held: Ref<boolean>
  show: (index: number) => void
  toggle: () => void
}

export function useStage(count: () => number): Stage {
  const current = ref(0)
  const playing = ref(!window.matchMedia('(prefers-reduced-motion: reduce)').matches)
  const held = ref(false)
  let timer: ReturnType<typeof setTimeout> | undefined

  watch(
    [current, playing, held, count],
    () => {
      clearTimeout(timer)
      if (current.value >= count()) current.value = 0
      if (playing.value && !held.value && count() > 1) timer = setTimeout(next, EACH_MS)
    },
    { immediate: true },
  )
  onScopeDispose(() => clearTimeout(timer))

  function next(): void {
    // A page that nobody sees keeps its place.
    if (document.hidden) timer = setTimeout(next, EACH_MS)
    else current.value = (current.value + 1) % count()
  }

  /** What a person chose stays. */
  function show(index: number): void {
    playing.value = false
    current.value = (index + count()) % count()
  }

  function toggle(): void {
    playing.value = !playing.value
  }

  return { current, playing: computed(() => playing.value), held, show, toggle }
}
