// After an update the code of the store's pages has new names, and a page that was open before cannot load it. The page then
// reloads once, at the address that the visitor wanted. It does not reload again soon after, which could become a loop.
import { readonly, shallowRef } from 'vue'
import type { Router } from 'vue-router'

const STORED_AS = 'reloaded-at'
/** The same as in public/start.js. */
const NOT_AGAIN_WITHIN_MS = 5 * 60_000

const wanted = shallowRef<string | null>(null)

/** The address whose page cannot be loaded at the moment; null when all is well. */
export const missingPage = readonly(wanted)

/** Returns a function that stops it. */
export function reloadForMissingCode(router: Router, load: (address: string) => void = loadAnew): () => void {
  /** The address of the navigation that is under way. */
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
  // Vite reports every piece of code that could not be loaded: of a page, of texts, of a part that loads later.
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
    // Without storage the page cannot know that it has reloaded before.
    return false
  }
}

function loadAnew(address: string): void {
  // In a later task: after a failed step back the router first restores its own address.
  setTimeout(() => {
    if (address === location.pathname + location.search + location.hash) location.reload()
    else location.assign(address)
  })
}
