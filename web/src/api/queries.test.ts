// What a change has made stale is loaded again, whatever requests are under way.
import { QueryObserver } from '@tanstack/vue-query'
import { afterEach, expect, test } from 'vitest'

import { askAgain, queryClient, refreshTitles } from './queries'

afterEach(() => queryClient.clear())

/** A query of a page that was just opened: its first request is under way until the test answers it. */
function opened(queryKey: string[]) {
  const answers: ((data: unknown) => void)[] = []
  const queryFn = () => new Promise((resolve) => answers.push(resolve))
  const observer = new QueryObserver(queryClient, { queryKey, queryFn })
  const leave = observer.subscribe(() => {})
  return { answers, leave, data: () => observer.getCurrentResult().data }
}

test('an answer from before a change does not count as one from after it', async () => {
  const list = opened(['own', 'watchlist'])
  const changed = askAgain({ queryKey: ['own', 'watchlist'] })
  await expect.poll(() => list.answers.length).toBe(2)
  list.answers[0]?.({ titles: [] })
  list.answers[1]?.({ titles: ['film'] })
  await changed
  expect(list.data()).toEqual({ titles: ['film'] })
  list.leave()
})

test('a title that changes while it is being loaded is loaded again', async () => {
  const title = opened(['title', 'film'])
  const changed = refreshTitles(new Set(['film']))
  await expect.poll(() => title.answers.length).toBe(2)
  title.answers[1]?.({ id: 'film', name: 'new' })
  await changed
  expect(title.data()).toEqual({ id: 'film', name: 'new' })
  title.leave()
})
