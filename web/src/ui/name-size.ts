// The size of a film's name: a long one, or one with a long word, is set smaller, so that it does not break within a word and
// does not fill the page.
const LONG = 28
const VERY_LONG = 64
const LONG_WORD = 11
const VERY_LONG_WORD = 20

export type NameSize = 'text-hero' | 'text-head' | 'text-title'

export function nameSize(name: string): NameSize {
  const length = [...name].length
  const word = Math.max(...name.split(/[\s-]/).map((part) => [...part].length))
  if (length > VERY_LONG || word > VERY_LONG_WORD) return 'text-title'
  return length > LONG || word > LONG_WORD ? 'text-head' : 'text-hero'
}
