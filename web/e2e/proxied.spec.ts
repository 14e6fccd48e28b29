// The shop behind a proxy that was not configured for it.
import { expect, find, rent, test, time, watch } from './store.ts'

test.use({ behindPlainProxy: true })

test('a film plays, and its position is saved @desktop', async ({ page, words }) => {
  await find(page, words, 'Nosferatu')
  await rent(page, words)
  const kept = page.waitForRequest((request) => request.method() === 'PUT' && request.url().includes('/playback/'))
  const film = await watch(page, words)
  const { position_seconds: place } = (await kept).postDataJSON() as { position_seconds: number }
  expect(place).toBeGreaterThanOrEqual(0)
  await expect.poll(() => time(film)).toBeGreaterThan(6)
  await page.reload()
  const again = page.locator('video')
  await expect.poll(() => time(again)).toBeGreaterThan(4)
})

test('a new price is on the page without a reload @desktop', async ({ page, words, tool }) => {
  await find(page, words, 'Limite')
  const id = new URL(page.url()).pathname.split('/').at(-1) ?? ''
  const rented = page.locator('main').getByRole('link', { name: /13[.,]37/ })
  await expect(rented).toHaveCount(0)
  tool('offer', 'set', id, 'rent', 'BRL:1337')
  await expect(rented).toHaveCount(1, { timeout: 5_000 })
})
