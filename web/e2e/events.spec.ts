// The browser shows changes in the store without a reload.
import { expect, find, rent, test } from './store.ts'

test('a new price is on the page at once @desktop', async ({ page, words, tool }) => {
  await find(page, words, 'Limite')
  const id = new URL(page.url()).pathname.split('/').at(-1) ?? ''
  const rented = page.locator('main').getByRole('link', { name: /13[.,]37/ })
  await expect(rented).toHaveCount(0)
  tool('offer', 'set', id, 'rent', 'BRL:1337')
  await expect(rented).toHaveCount(1)
})

test('a film that is paid for in one window is in the library of the other', async ({ page, words }) => {
  await find(page, words, 'Häxan')
  await rent(page, words)
  const other = await page.context().newPage()
  await other.goto('/library')
  await expect(other.getByRole('heading', { name: 'Häxan' })).toBeVisible()

  await find(page, words, 'Limite')
  await page
    .locator('main')
    .getByRole('link', { name: /13[.,]37|\d/ })
    .first()
    .click()
  await expect(page).toHaveURL(/checkout/)
  await page.locator('main').getByRole('button', { name: /\d/ }).click()
  await page.getByTestId('order-done').waitFor()
  // Without an event the page would not have changed for half a minute.
  await expect(other.getByRole('heading', { name: 'Limite' })).toBeVisible()
})
