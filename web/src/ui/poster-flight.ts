// The poster that was clicked moves to its place on the title page, and back into the list that it came from (a view
// transition), if the browser supports that and the visitor does not prefer less motion.
//
// A list marks its posters with `data-poster`, the title page its large one with `data-poster-lead` too.
import { nextTick } from 'vue'
import type { Router } from 'vue-router'

const NAME = 'poster'

let departing: HTMLElement | null = null

/** Marks the poster of the link that the visitor follows. */
export function departFrom(element: HTMLElement | null): void {
  departing = element
}

export function installPosterFlight(router: Router): void {
  router.beforeResolve((to, from) => {
    const poster = departing ?? lead()
    departing = null
    if (!poster || to.path === from.path || !mayAnimate() || !isInSight(poster)) return
    // Two elements must not have the name at once: on another film's page, a link may start from a neighbouring poster.
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
      // A transition that a later one interrupts rejects its promise; that is no error.
      transition.ready.catch(() => {})
      transition.finished.catch(() => {}).finally(() => rename(landed, ''))
    })
  })
}

function lead(): HTMLElement | null {
  return document.querySelector<HTMLElement>('[data-poster-lead]')
}

/** The visible poster of the same film on the new page, if there is one. */
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

/** Resolves when the new page is drawn and scrolled to its place. */
function arrival(router: Router): Promise<void> {
  return new Promise((resolve) => {
    const stop = router.afterEach(() => {
      stop()
      // The router scrolls some ticks after the page is drawn.
      void nextTick(() => setTimeout(resolve))
    })
  })
}
