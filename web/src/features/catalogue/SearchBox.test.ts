import { screen } from '@testing-library/vue'
import userEvent from '@testing-library/user-event'
import { expect, test, vi } from 'vitest'

import { renderIn } from '@/testing/render'
import { json, serve } from '@/testing/server'

import SearchBox from './SearchBox.vue'

const suggestions = ['Metropolis', 'Nosferatu'].map((name) => ({
  id: name.toLowerCase(),
  name,
  display_name: `${name} (pt)`,
  year: 1922,
  poster_url: '/poster.svg',
}))

async function type(text: string) {
  const received = serve({ 'GET /api/v1/titles:suggest': () => json({ suggestions }) })
  const user = userEvent.setup()
  const { router } = await renderIn(SearchBox)
  const box = screen.getByRole('combobox', { name: 'Search films and people' })
  if (text) await user.type(box, text)
  return { box, user, router, received }
}

test('the keyboard goes through the suggestions and opens one', async () => {
  const { box, user, router } = await type('os')
  const options = await screen.findAllByRole('option')
  expect(box).toHaveAttribute('aria-expanded', 'true')
  await user.keyboard('{ArrowDown}{ArrowDown}')
  expect(box).toHaveAttribute('aria-activedescendant', options[1]?.id)
  expect(options[1]).toHaveAttribute('aria-selected', 'true')
  await user.keyboard('{Enter}')
  await vi.waitFor(() => expect(router.currentRoute.value.path).toBe('/titles/nosferatu'), { timeout: 10_000 })
})

test('a suggestion has the name of the reader’s language', async () => {
  await type('os')
  expect(await screen.findByRole('option', { name: /Nosferatu \(pt\)/ })).toBeVisible()
})

test('Enter without a suggestion searches for the words', async () => {
  const { user, router } = await type('os')
  await user.keyboard('{Enter}')
  await vi.waitFor(() => expect(router.currentRoute.value.fullPath).toBe('/search?q=os'))
})

test('Escape closes the suggestions, and then clears the words', async () => {
  const { box, user } = await type('os')
  await screen.findAllByRole('option')
  await user.keyboard('{Escape}')
  expect(box).toHaveAttribute('aria-expanded', 'false')
  expect(box).toHaveValue('os')
  await user.keyboard('{Escape}')
  expect(box).toHaveValue('')
})

test('fast typing asks once', async () => {
  const { received } = await type('nosf')
  await screen.findAllByRole('option')
  expect(received.map((call) => call.url.searchParams.get('q'))).toEqual(['nosf'])
})

test('the slash key moves the focus to the box, and is a character inside it', async () => {
  const { user, box } = await type('')
  box.blur()
  await user.keyboard('/')
  expect(box).toHaveFocus()
  expect(box).toHaveValue('')
  await user.keyboard('1/2')
  expect(box).toHaveValue('1/2')
})
