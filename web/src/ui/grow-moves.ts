// Moves the elements of a row to their new places, and scales them on the way: each begins at its former place and size and
// ends at the present one. (Vue's own transition of groups moves without scaling, so an element that grows jumps first.)
import { nextTick, type Ref, watch } from 'vue'

const DURATION_MS = 250
const EASE_OUT = 'cubic-bezier(0.2, 0.7, 0.2, 1)'

/** `key` says when the places change; each thing is known by its `data-moves`. */
export function useGrowMoves(row: Readonly<Ref<HTMLElement | null>>, key: () => unknown): void {
  watch(key, async () => {
    if (window.matchMedia('(prefers-reduced-motion: reduce)').matches) return
    const before = new Map(things().map((thing) => [thing.dataset.moves, thing.getBoundingClientRect()]))
    await nextTick()
    for (const thing of things()) {
      const from = before.get(thing.dataset.moves)
      if (from) move(thing, from)
    }
  })

  function things(): HTMLElement[] {
    return [...(row.value?.querySelectorAll<HTMLElement>('[data-moves]') ?? [])]
  }
}

function move(thing: HTMLElement, from: DOMRect): void {
  const to = thing.getBoundingClientRect()
  if (!to.width || !from.width) return
  const moved = `translate(${from.left - to.left}px, ${from.top - to.top}px)`
  const scaled = `scale(${from.width / to.width}, ${from.height / to.height})`
  thing.animate([{ transform: `${moved} ${scaled}` }, { transform: 'none' }], {
    duration: DURATION_MS,
    easing: EASE_OUT,
  })
}
