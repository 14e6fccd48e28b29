// A switch for what the browser turns on and off in its own time, such as full screen. The last press counts: one that
// comes while the first is still under way means the opposite of that one, not of what can be seen so far.

/** Returns the function that turns it over; `turn` resolves once the browser has done it or refused. */
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
        // Refused: asking again would be refused again.
        if (wanted === tried) break
      }
    } finally {
      working = false
      wanted = null
    }
  }
}
