// Shelves under one another that each begin with what no shelf above has shown, so that a page of them is not one film.
import type { TitleItem } from '@/api/types'

/** As many of a shelf as stand in a wide window. */
const IN_SIGHT = 6

/** The same titles, those not `shown` yet first; what comes into sight with them is then shown. */
export function freshFirst(titles: TitleItem[], shown: Set<string>): TitleItem[] {
  const ordered = [...titles.filter(({ id }) => !shown.has(id)), ...titles.filter(({ id }) => shown.has(id))]
  for (const { id } of ordered.slice(0, IN_SIGHT)) shown.add(id)
  return ordered
}
