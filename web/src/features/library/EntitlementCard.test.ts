import { screen } from '@testing-library/vue'
import { expect, test, vi } from 'vitest'
import { nextTick } from 'vue'

import { libraryEntry } from '@/testing/fixtures'
import { renderIn } from '@/testing/render'

import EntitlementCard from './EntitlementCard.vue'

async function cardAt(now: string, overrides: Parameters<typeof libraryEntry>[0]) {
  vi.useFakeTimers({ now: new Date(now), toFake: ['Date', 'setInterval', 'clearInterval'] })
  await renderIn(EntitlementCard, { props: { entry: libraryEntry(overrides) } })
}

test('a rental that was not started shows until when it must be started, and how long it then lasts', async () => {
  await cardAt('2026-11-24T12:00:00Z', { start_by: '2026-11-26T12:00:00Z' })
  expect(screen.getByTestId('time-left')).toHaveTextContent('48 h left to press play, then 48 h to finish')
  expect(screen.getByRole('link', { name: 'Watch: Nosferatu' })).toBeInTheDocument()
})

test('the countdown ticks, and at its end the button is gone', async () => {
  await cardAt('2026-11-24T12:00:00Z', {
    state: 'started',
    watch_until: '2026-11-24T12:01:01Z',
    resume_position_seconds: 60,
  })
  expect(screen.getByTestId('time-left')).toHaveTextContent('1 min 1 s left to finish')
  expect(screen.getByRole('link', { name: 'Continue watching: Nosferatu' })).toBeInTheDocument()
  vi.advanceTimersByTime(60_000)
  await nextTick()
  expect(screen.getByTestId('time-left')).toHaveTextContent('0 min 1 s left to finish')
  vi.advanceTimersByTime(1_000)
  await nextTick()
  expect(screen.getByTestId('time-left')).toHaveTextContent('The time for this rental has ended')
  expect(screen.queryByRole('link', { name: /watch/i })).not.toBeInTheDocument()
})

test('what is owned has no countdown', async () => {
  await cardAt('2026-11-24T12:00:00Z', { state: 'owned', kind: 'buy', start_by: null })
  expect(screen.getByTestId('time-left')).toHaveTextContent('Yours, without a time limit')
})
