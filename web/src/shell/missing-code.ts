// A store that was updated under an open page has the code of its pages under new names. When the page misses some, it is
// loaded once more from the store, at the address that was wanted; not a second time soon after, which would be a loop.
import { readonly, shallowRef } from 'vue'
import type { Router } from 'vue-router'

const STORED_AS = 'reloaded-at'
/** public/start.js holds to the same. */
const NOT_AGAIN_WITHIN_MS = 5 * 60_000

const wanted = shallowRef<string | null>(null)

/** The address whose page cannot be had at the moment; null when all is well. */
export const missingPage = readonly(wanted)

/** Returns what ends it. */
export function reloadForMissingCode(router: Router, load: (address: string) => void = loadAnew): () => void {
  /** Where a navigation that is under way leads. */
  let target: string | null = null
  router.beforeEach((to) => {
    target = to.fullPath
    wanted.value = null
  })
  router.afterEach(() => {
    target = null
  })
  // Also keeps the router from writing the error to the console.
  router.onError(() => {
    target = null
  })
  // Vite tells of every piece of code that could not be fetched: of a page, of texts, of a part that comes later.
  window.addEventListener('vite:preloadError', recover)
  return () => window.removeEventListener('vite:preloadError', recover)

  function recover(): void {
    const address = target ?? router.currentRoute.value.fullPath
    if (navigator.onLine && mayReload()) load(address)
    else wanted.value = address
  }
}

function mayReload(): boolean {
  try {
    const before = Number(sessionStorage.getItem(STORED_AS))
    if (Date.now() - before < NOT_AGAIN_WITHIN_MS) return false
    sessionStorage.setItem(STORED_AS, String(Date.now()))
    return true
  } catch {
    // Nobody would remember that it was tried.
    return false
  }
}

function loadAnew(address: string): void {
  // After the router has put its own address back, which it does for a step back that failed.
  setTimeout(() => {
    if (address === location.pathname + location.search + location.hash) location.reload()
    else location.assign(address)
  })
}
