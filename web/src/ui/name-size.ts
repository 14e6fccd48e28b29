// How large a film's name may stand: a long one is set smaller, so that it stays a name and does not become a page.
const LONG = 28
const VERY_LONG = 64

export type NameSize = 'text-hero' | 'text-head' | 'text-title'

export function nameSize(name: string): NameSize {
  const { length } = [...name]
  if (length > VERY_LONG) return 'text-title'
  return length > LONG ? 'text-head' : 'text-hero'
}
