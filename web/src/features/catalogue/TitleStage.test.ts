import { screen } from '@testing-library/vue'
import userEvent from '@testing-library/user-event'
import { expect, test } from 'vitest'

import { title, titleItem } from '@/testing/fixtures'
import { renderIn } from '@/testing/render'
import { json, serve } from '@/testing/server'

import TitleStage from './TitleStage.vue'

const names = ['Limite', 'Sunrise', 'M']
const titles = names.map((name) => titleItem({ id: name, name, display_name: name }))

async function stage() {
  const received = serve(
    Object.fromEntries(
      names.map((name) => [`GET /api/v1/titles/${name}`, () => json(title({ id: name, synopsis: `Of ${name}.` }))]),
    ),
  )
  await renderIn(TitleStage, { props: { titles } })
  return { received, user: userEvent.setup() }
}

test('a click on a waiting poster shows its film', async () => {
  const { user } = await stage()
  expect(screen.getByText('1 of 3')).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'Show M' }))
  expect(screen.getByText('3 of 3')).toBeVisible()
  expect(screen.queryByRole('button', { name: 'Show M' })).toBeNull()
  expect(screen.getByRole('button', { name: 'Go through the films' })).toBeVisible()
})

test('a poster that becomes the current one keeps its image element, so that it does not flash', async () => {
  const { user } = await stage()
  const place = screen.getByRole('button', { name: 'Show M' }).closest('li')
  const image = place?.querySelector('img')
  expect(image).toBeInTheDocument()
  await user.click(screen.getByRole('button', { name: 'Show M' }))
  expect(document.querySelector('[data-poster="M"] img')).toBe(image)
})

test('the synopses are loaded when their films are next, not all at once', async () => {
  const { received, user } = await stage()
  await screen.findByText('Of Limite.')
  expect(received.map(({ url }) => url.pathname)).toEqual(['/api/v1/titles/Limite', '/api/v1/titles/Sunrise'])
  await user.click(screen.getByRole('button', { name: 'Next film' }))
  expect(await screen.findByText('Of M.')).toBeInTheDocument()
})
