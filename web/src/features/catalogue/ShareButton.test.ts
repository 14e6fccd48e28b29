import { screen } from '@testing-library/vue'
import userEvent from '@testing-library/user-event'
import { expect, test, vi } from 'vitest'

import { renderIn } from '@/testing/render'

import ShareButton from './ShareButton.vue'

async function pressed() {
  const user = userEvent.setup()
  await renderIn(ShareButton, { props: { name: 'Limite' } })
  return () => user.click(screen.getByRole('button', { name: 'Share' }))
}

test('without the system’s share sheet the address goes to the clipboard', async () => {
  const press = await pressed()
  const written = vi.spyOn(navigator.clipboard, 'writeText').mockResolvedValue()
  await press()
  expect(written).toHaveBeenCalledWith(location.origin + location.pathname)
  expect(await screen.findByText('Link copied')).toBeVisible()
})

test('without access to the clipboard the address is shown, so that it can be copied by hand', async () => {
  const press = await pressed()
  vi.spyOn(navigator.clipboard, 'writeText').mockRejectedValue(new Error('denied'))
  await press()
  expect(await screen.findByText(location.origin + location.pathname)).toBeVisible()
})
