// The beginning of a synopsis, for a hero that wants few words.
const SHORTEST = 40

/** Up to the first full stop that does not come too soon to be an abbreviation's. */
export function firstSentence(text: string): string {
  const end = text.slice(SHORTEST).search(/[.!?…](\s|$)/)
  return end < 0 ? text : text.slice(0, SHORTEST + end + 1)
}
