// What the first page shows below its first view is made bit by bit, each bit in a task of its own: all of it in one would
// keep a phone from answering for half a second. A page that one goes to later stands whole at once, with the place that
// one comes back to and the poster that flies there.
import { computed, type ComputedRef, readonly, type Ref, ref, watchEffect } from 'vue'

let inTurns = false
const waiting: (() => void)[] = []

/** From now on the parts of a page wait for their turns. */
export function takeTurns(): void {
  inTurns = true
}

/** From now on a page is made at once. */
export function endTurns(): void {
  inTurns = false
}

/** Whether this part's turn has come. */
export function useTurn(): Readonly<Ref<boolean>> {
  const come = ref(!inTurns)
  if (inTurns) queue(() => (come.value = true))
  return readonly(come)
}

/** How many of a list are made by now: a few at first, and as many more at each turn. */
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
