import { screen, waitFor } from '@testing-library/vue'
import { afterEach, expect, test } from 'vitest'

import { actFor, answer, api, customerChanged } from '@/api/client'
import { renderIn } from '@/testing/render'
import { json, problem, serve } from '@/testing/server'

import CustomerChanged from './CustomerChanged.vue'

const bruno = {
  id: 'bruno',
  email: 'bruno@example.com',
  name: 'Bruno',
  email_verified: true,
  language: 'en',
  reminders: true,
  staff: false,
}

const add = () => answer(api.PUT('/api/v1/watchlist/{title_id}', { params: { path: { title_id: 'film' } } }))

afterEach(() => {
  actFor(null)
  customerChanged.value = false
})

test('a page makes its calls for the customer that it was made for', async () => {
  const received = serve({
    'PUT /api/v1/watchlist/film': () => json({}),
    'GET /api/v1/account': () => json(bruno),
  })
  await add()
  actFor('ana')
  await add()
  // The question who is signed in must not name a customer, or the store would refuse it.
  await answer(api.GET('/api/v1/account'))
  expect(received.map(({ headers }) => headers.get('X-DVS-Customer'))).toEqual([null, 'ana', null])
})

test('a page that was made for another customer says who is signed in now, and asks', async () => {
  serve({
    'PUT /api/v1/watchlist/film': () => problem(409, 'CUSTOMER_CHANGED'),
    'GET /api/v1/account': () => json(bruno),
  })
  await renderIn(CustomerChanged)
  expect(screen.queryByRole('dialog')).toBeNull()
  actFor('ana')
  await expect(add()).rejects.toMatchObject({ code: 'CUSTOMER_CHANGED' })
  const dialog = await screen.findByRole('dialog')
  await waitFor(() => expect(dialog).toHaveTextContent('bruno@example.com'))
  expect(screen.getByRole('button', { name: 'Continue as bruno@example.com' })).toBeInTheDocument()
})
