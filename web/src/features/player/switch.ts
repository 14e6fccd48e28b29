// A switch for a state that the browser changes asynchronously, such as full screen. The last press counts: a press while a
// change is under way means the opposite of that change, not of the state that is still visible.

/** Returns the function that toggles it; `turn` resolves once the browser has made or refused the change. */
export function lastWish(isOn: () => boolean, turn: (on: boolean) => Promise<unknown>): () => Promise<void> {
  let wanted: boolean | null = null
  let working = false

  return async function turnOver() {
    wanted = !(wanted ?? isOn())
    if (working) return
    working = true
    try {
      while (wanted !== isOn()) {
        const tried: boolean = wanted
        await turn(tried)
        // The browser refused, and would refuse again.
        if (wanted === tried) break
      }
    } finally {
      working = false
      wanted = null
    }
  }
}
