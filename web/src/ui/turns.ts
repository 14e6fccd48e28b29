// The first page draws what is below its first view in parts, each in a task of its own: all in one task would keep a phone from
// responding for half a second. Pages of later navigations are drawn whole at once, so that the browser can restore their scroll
// position and posters can move to their places in them.
import { computed, type ComputedRef, readonly, type Ref, ref, watchEffect } from 'vue'

let inTurns = false
const waiting: (() => void)[] = []

/** From now on the parts of a page wait for their turns. */
export function takeTurns(): void {
  inTurns = true
}

/** From now on a page is drawn at once. */
export function endTurns(): void {
  inTurns = false
}

/** Whether this part's turn has come. */
export function useTurn(): Readonly<Ref<boolean>> {
  const come = ref(!inTurns)
  if (inTurns) queue(() => (come.value = true))
  return readonly(come)
}

/** How many items of a list are drawn by now: `few` at first, and as many more at each turn. */
export function useTurns(count: () => number, few: number): ComputedRef<number> {
  const turns = ref(inTurns ? 1 : Infinity)
  watchEffect(() => {
    if (turns.value * few < count()) queue(() => (turns.value += 1))
  })
  return computed(() => Math.min(turns.value * few, count()))
}

function queue(part: () => void): void {
  waiting.push(part)
  if (waiting.length === 1) setTimeout(next)
}

function next(): void {
  waiting[0]?.()
  waiting.shift()
  if (waiting.length > 0) setTimeout(next)
}
