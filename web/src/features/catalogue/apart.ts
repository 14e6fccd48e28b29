// Drawn posters of the same composition look alike next to each other, whatever their colours.
import type { TitleItem } from '@/api/types'

/** The titles in their order, except that one whose poster looks like its neighbour's is swapped with the next that does not. */
export function apart<T extends Pick<TitleItem, 'composition'>>(titles: readonly T[]): T[] {
  const waiting = [...titles]
  const arranged: T[] = []
  while (waiting.length > 0) {
    const last = arranged.at(-1)?.composition
    const differs = waiting.findIndex(({ composition }) => composition === null || composition !== last)
    arranged.push(...waiting.splice(Math.max(differs, 0), 1))
  }
  return arranged
}
