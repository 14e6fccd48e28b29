import { useQuery } from '@tanstack/vue-query'
import { screen } from '@testing-library/vue'
import { afterEach, expect, test, vi } from 'vitest'
import { defineComponent, h, nextTick } from 'vue'

import { askAgain } from '@/api/queries'
import { renderIn } from '@/testing/render'

import ConnectionNotice from './ConnectionNotice.vue'

afterEach(() => vi.restoreAllMocks())

test('an answer that takes long is announced until it arrives', async () => {
  vi.useFakeTimers()
  let answer: ((film: string) => void) | undefined
  const Page = defineComponent(() => {
    useQuery({ queryKey: ['film'], queryFn: () => new Promise<string>((resolve) => (answer = resolve)) })
    return () => h(ConnectionNotice)
  })
  await renderIn(Page)
  await vi.advanceTimersByTimeAsync(4_999)
  expect(screen.getByRole('status')).toBeEmptyDOMElement()
  await vi.advanceTimersByTimeAsync(1)
  expect(screen.getByRole('status')).toHaveTextContent('taking long')
  answer?.('Limite')
  await vi.advanceTimersByTimeAsync(200)
  expect(screen.getByRole('status')).toBeEmptyDOMElement()
})

test('a request that is cancelled and sent again counts as one wait', async () => {
  vi.useFakeTimers()
  const Page = defineComponent(() => {
    useQuery({ queryKey: ['other film'], queryFn: () => new Promise<string>(() => {}) })
    return () => h(ConnectionNotice)
  })
  await renderIn(Page)
  await vi.advanceTimersByTimeAsync(4_000)
  void askAgain({ queryKey: ['other film'] })
  await vi.advanceTimersByTimeAsync(1_000)
  expect(screen.getByRole('status')).toHaveTextContent('taking long')
})

test('a network that is down is announced until it is back', async () => {
  const online = vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false)
  await renderIn(ConnectionNotice)
  expect(screen.getByRole('status')).toHaveTextContent('You are offline')
  online.mockReturnValue(true)
  window.dispatchEvent(new Event('online'))
  await nextTick()
  expect(screen.getByRole('status')).toBeEmptyDOMElement()
})
