import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, test } from 'vitest'
import { createMemoryHistory } from 'vue-router'

import { createStoreRouter, safeNext } from './router'
import { customer } from './testing/fixtures'
import { json, networkFails, problem, serve } from './testing/server'

const ACCOUNT = 'GET /api/v1/account'

beforeEach(() => setActivePinia(createPinia()))

async function visit(path: string) {
  const router = createStoreRouter(createMemoryHistory())
  await router.push(path)
  return router.currentRoute.value
}

test('a guest who wants the library is asked to sign in, and comes back', async () => {
  serve({ [ACCOUNT]: () => problem(401, 'UNAUTHENTICATED') })
  const route = await visit('/library?from=mail')
  expect(route.path).toBe('/account')
  expect(route.query.next).toBe('/library?from=mail')
})

test('a customer enters the library', async () => {
  serve({ [ACCOUNT]: () => json(customer()) })
  expect((await visit('/library')).path).toBe('/library')
})

test('a visitor is a guest while the store does not answer who is signed in', async () => {
  serve({ [ACCOUNT]: networkFails })
  expect((await visit('/watch/film')).path).toBe('/account')
})

test('everybody may look at the films, and the page does not ask who is signed in', async () => {
  const received = serve({})
  expect((await visit('/titles/nosferatu')).path).toBe('/titles/nosferatu')
  expect(received).toHaveLength(0)
})

test('an unknown address has a page that says so', async () => {
  expect((await visit('/no/such/page')).name).toBe('/[...path]')
})

test.each([
  ['/library', '/library'],
  ['//elsewhere.example', null],
  ['/\\elsewhere.example', null],
  ['https://elsewhere.example', null],
  [['/library'], null],
  [undefined, null],
])('after signing in, %j leads to %j', (next, target) => {
  expect(safeNext(next)).toBe(target)
})
