import { afterEach, expect, test, vi } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'

import { departFrom, installPosterFlight } from './poster-flight'

/** The posters that take part in the transition, at every step of it. */
const named = () => [...document.querySelectorAll<HTMLElement>('img')].filter(isNamed).map(({ id }) => id)
const isNamed = ({ style }: HTMLElement) => style.getPropertyValue('view-transition-name') === 'poster'

function page(html: string): void {
  document.body.innerHTML = html
  for (const image of document.querySelectorAll('img')) {
    image.getBoundingClientRect = () => ({ top: 10, bottom: 90, left: 10, right: 70 }) as DOMRect
  }
}

/** A browser that supports view transitions, and a record of them. */
function flights(lessMotion = false) {
  vi.spyOn(window, 'matchMedia').mockReturnValue({ matches: lessMotion } as MediaQueryList)
  const seen: string[][] = []
  Object.assign(document, {
    startViewTransition: (update: () => Promise<void>) => {
      seen.push(named())
      const updated = update().then(() => void seen.push(named()))
      return { ready: updated, finished: updated }
    },
  })
  const router = createRouter({
    history: createMemoryHistory(),
    routes: ['/list', '/film'].map((path) => ({ path, component: { render: () => null } })),
  })
  installPosterFlight(router)
  router.beforeResolve((to) => page(to.path === '/film' ? FILM : LIST))
  return { router, seen }
}

const LIST = '<img id="one" data-poster="1"><img id="two" data-poster="2">'
const FILM = '<img id="large" data-poster="2" data-poster-lead>'

afterEach(() => {
  Reflect.deleteProperty(document, 'startViewTransition')
  document.body.innerHTML = ''
})

test('the poster that was clicked moves, and moves back to its place in the list', async () => {
  const { router, seen } = flights()
  await router.push('/list')
  departFrom(document.querySelector('#two'))
  await router.push('/film')
  await vi.waitFor(() => expect(seen).toHaveLength(2))
  expect(seen[0]).toEqual(['two'])

  seen.length = 0
  await router.push('/list')
  await vi.waitFor(() => expect(seen).toHaveLength(2))
  expect(seen).toEqual([['large'], ['two']])
  await vi.waitFor(() => expect(named()).toEqual([]))
})

test('nothing moves for visitors who prefer less motion', async () => {
  const { router, seen } = flights(true)
  await router.push('/list')
  departFrom(document.querySelector('#two'))
  await router.push('/film')
  expect(seen).toEqual([])
})
