// The poster that was clicked flies to its place on the title page, and back into the list it came from (a view
// transition), where the browser and the person like it.
//
// A list marks its posters with `data-poster`, the title page its large one with `data-poster-lead` too.
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
    const poster = departing ?? lead()
    departing = null
    if (!poster || to.path === from.path || !mayAnimate() || !isInSight(poster)) return
    // One name, one poster: another film's page may be left from one of its neighbours.
    rename(lead(), 'none')
    rename(poster, NAME)
    return new Promise<void>((resolve) => {
      let landed: HTMLElement | null = null
      const transition = document.startViewTransition(async () => {
        resolve()
        await arrival(router)
        rename(poster, '')
        landed = landingOf(poster.dataset.poster)
        rename(landed, NAME)
      })
      // A transition that another one overtakes is no fault.
      transition.ready.catch(() => {})
      transition.finished.catch(() => {}).finally(() => rename(landed, ''))
    })
  })
}

function lead(): HTMLElement | null {
  return document.querySelector<HTMLElement>('[data-poster-lead]')
}

/** Where the same film's poster stands now, if it can be seen. */
function landingOf(film: string | undefined): HTMLElement | null {
  if (!film) return null
  const posters = document.querySelectorAll<HTMLElement>(`[data-poster="${CSS.escape(film)}"]`)
  return [...posters].find(isInSight) ?? null
}

function isInSight(element: HTMLElement): boolean {
  const { top, bottom, left, right } = element.getBoundingClientRect()
  return bottom > 0 && top < window.innerHeight && right > 0 && left < window.innerWidth
}

function rename(element: HTMLElement | null, name: string): void {
  if (element) element.style.viewTransitionName = name
}

function mayAnimate(): boolean {
  return 'startViewTransition' in document && !window.matchMedia('(prefers-reduced-motion: reduce)').matches
}

/** The new page stands, and has been scrolled to its place. */
function arrival(router: Router): Promise<void> {
  return new Promise((resolve) => {
    const stop = router.afterEach(() => {
      stop()
      // The router scrolls some ticks after the page is there.
      void nextTick(() => setTimeout(resolve))
    })
  })
}
