// Each row begins with titles that no row above has shown, so that a page of rows does not repeat one film.
import type { TitleItem } from '@/api/types'

/** How many titles of a row are visible in a wide window. */
const IN_SIGHT = 6

/** The same titles, those that are not in `shown` first. Adds the visible ones to `shown`. */
export function freshFirst(titles: TitleItem[], shown: Set<string>): TitleItem[] {
  const ordered = [...titles.filter(({ id }) => !shown.has(id)), ...titles.filter(({ id }) => shown.has(id))]
  for (const { id } of ordered.slice(0, IN_SIGHT)) shown.add(id)
  return ordered
}
