// The pages' addresses (src/pages) and what happens at a navigation.
import {
  createRouter,
  createWebHistory,
  type RouteLocationNormalized,
  type Router,
  type RouterHistory,
  START_LOCATION,
} from 'vue-router'
import { routes } from 'vue-router/auto-routes'

import { useSession } from '@/session'
import { installPosterFlight } from '@/ui/poster-flight'
import { endTurns } from '@/ui/turns'

declare module 'vue-router' {
  interface RouteMeta {
    /** Guests have to sign in first, and then come back. */
    signedIn?: boolean
    /** Without header and footer. */
    bare?: boolean
  }
}

if (import.meta.env.DEV) {
  routes.push({ path: '/styleguide', component: () => import('@/styleguide/StyleGuide.vue') })
}

export function createStoreRouter(history: RouterHistory = createWebHistory()): Router {
  const router = createRouter({
    history,
    routes,
    scrollBehavior(to, from, saved) {
      if (saved) return saved
      return to.path === from.path ? undefined : { top: 0 }
    },
  })
  router.beforeEach(askGuestsToSignIn)
  installPosterFlight(router)
  router.afterEach((_to, from) => {
    if (from !== START_LOCATION) endTurns()
  })
  return router
}

async function askGuestsToSignIn(to: RouteLocationNormalized) {
  if (!to.meta.signedIn) return true
  const session = useSession()
  await session.ready()
  return session.signedIn || { name: '/account/' as const, query: { next: to.fullPath } }
}

/** The path of a page of this app; null for any other text, because a stranger may have written the link. */
export function safeNext(next: unknown): string | null {
  return typeof next === 'string' && /^\/(?![/\\])/.test(next) ? next : null
}
