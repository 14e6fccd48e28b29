// Drawn posters of one composition look alike beside each other, whatever their colours.
import type { TitleItem } from '@/api/types'

/** The titles in their order, but one whose poster looks like its neighbour's changes places with the next that does not. */
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
