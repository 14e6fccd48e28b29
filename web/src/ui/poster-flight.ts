// The poster that was clicked flies to its place on the title page (a view transition), where the browser and the person like it.
import { nextTick } from 'vue'
import type { Router } from 'vue-router'

const NAME = 'poster'

let departing: HTMLElement | null = null

/** Marks the poster that the coming navigation leaves from. */
export function departFrom(element: HTMLElement | null): void {
  departing = element
}

export function installPosterFlight(router: Router): void {
  router.beforeResolve((to, from) => {
    const poster = departing
    departing = null
    if (!poster || to.path === from.path || !mayAnimate()) return
    poster.style.viewTransitionName = NAME
    return new Promise<void>((resolve) => {
      const transition = document.startViewTransition(async () => {
        resolve()
        await arrival(router)
        poster.style.viewTransitionName = ''
      })
      // A transition that another one overtakes is no fault.
      transition.ready.catch(() => {})
      transition.finished.catch(() => {})
    })
  })
}

function mayAnimate(): boolean {
  return 'startViewTransition' in document && !window.matchMedia('(prefers-reduced-motion: reduce)').matches
}

function arrival(router: Router): Promise<void> {
  return new Promise((resolve) => {
    const stop = router.afterEach(() => {
      stop()
      void nextTick(resolve)
    })
  })
}
