import { afterEach, beforeEach, expect, type Mock, test, vi } from 'vitest'
import { createMemoryHistory, createRouter, type Router } from 'vue-router'

import { missingPage, reloadForMissingCode } from './missing-code'

let close = () => {}

beforeEach(() => vi.useFakeTimers())
afterEach(() => {
  close()
  vi.useRealTimers()
  sessionStorage.clear()
})

/** A page whose code cannot be loaded, as Vite reports it. */
function missing(): Promise<never> {
  window.dispatchEvent(new Event('vite:preloadError'))
  return Promise.reject(new TypeError('Failed to fetch dynamically imported module'))
}

async function open(): Promise<{ router: Router; load: Mock<(address: string) => void> }> {
  const page = { template: '' }
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [
      { path: '/', component: page },
      { path: '/there', component: page },
      { path: '/gone', component: missing },
    ],
  })
  const load = vi.fn<(address: string) => void>()
  close()
  close = reloadForMissingCode(router, load)
  await router.push('/')
  return { router, load }
}

test('a page whose code is gone is loaded from the store, at its address', async () => {
  const { router, load } = await open()
  await router.push('/gone?from=here#end').catch(() => {})
  expect(load).toHaveBeenCalledExactlyOnceWith('/gone?from=here#end')
  expect(missingPage.value).toBeNull()
})

test('a missing part reloads the page that it belongs to', async () => {
  const { router, load } = await open()
  await router.push('/there?order=1')
  window.dispatchEvent(new Event('vite:preloadError'))
  expect(load).toHaveBeenCalledExactlyOnceWith('/there?order=1')
})

test('a page that stays missing is reported, and is not loaded again and again', async () => {
  await (await open()).router.push('/gone').catch(() => {})
  const { router, load } = await open()
  await router.push('/gone').catch(() => {})
  expect(load).not.toHaveBeenCalled()
  expect(missingPage.value).toBe('/gone')
  await router.push('/there')
  expect(missingPage.value).toBeNull()
})

test('the next update, hours later, is loaded too', async () => {
  await (await open()).router.push('/gone').catch(() => {})
  vi.advanceTimersByTime(60 * 60_000)
  const { router, load } = await open()
  await router.push('/gone').catch(() => {})
  expect(load).toHaveBeenCalledOnce()
})

test('without a network nothing is loaded, and the page on the screen stays', async () => {
  vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false)
  const { router, load } = await open()
  await router.push('/gone').catch(() => {})
  expect(load).not.toHaveBeenCalled()
  expect(missingPage.value).toBe('/gone')
})
