// What a list already has of a title, so that its page shows a poster and a name before the answer comes.
import type { TitleItem } from '@/api/types'

const KEPT = 50

const seen = new Map<string, TitleItem>()

export function rememberTitle(title: TitleItem): void {
  seen.delete(title.id)
  seen.set(title.id, title)
  const oldest = seen.keys().next()
  if (seen.size > KEPT && !oldest.done) seen.delete(oldest.value)
}

export function previewOf(id: string): TitleItem | undefined {
  return seen.get(id)
}
