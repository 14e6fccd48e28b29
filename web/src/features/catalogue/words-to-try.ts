// The words of a search that found nothing, one by one: one of them may be right.
const SHORTEST = 3
const MOST = 3

export function wordsToTry(q: string): string[] {
  const words = q.split(/\s+/).filter(Boolean)
  if (words.length < 2) return []
  return [...new Set(words)]
    .filter((word) => [...word].length >= SHORTEST)
    .toSorted((one, other) => other.length - one.length)
    .slice(0, MOST)
}
