// Which film a stage shows: the next one follows by itself after a while, until the visitor points at the stage, chooses a film
// or stops it. For visitors who prefer less motion it starts only when they press the button.
import { computed, type ComputedRef, onScopeDispose, type Ref, ref, watch } from 'vue'

const EACH_MS = 10_000

export interface Stage {
  current: Readonly<Ref<number>>
  /** Whether the next film follows by itself. */
  playing: ComputedRef<boolean>
  /** Whether the visitor points at the stage or focuses it; the stage then waits. */
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
    // A page in the background stays at its film.
    if (document.hidden) timer = setTimeout(next, EACH_MS)
    else current.value = (current.value + 1) % count()
  }

  /** Shows the film that the visitor chose, and stays there. */
  function show(index: number): void {
    playing.value = false
    current.value = (index + count()) % count()
  }

  function toggle(): void {
    playing.value = !playing.value
  }

  return { current, playing: computed(() => playing.value), held, show, toggle }
}
