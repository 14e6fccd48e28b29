// The first sentence of a synopsis, for the stage, which has little room.
const SHORTEST = 40

/** Up to the first full stop that is not so early that it may belong to an abbreviation. */
export function firstSentence(text: string): string {
  const end = text.slice(SHORTEST).search(/[.!?…](\s|$)/)
  return end < 0 ? text : text.slice(0, SHORTEST + end + 1)
}
