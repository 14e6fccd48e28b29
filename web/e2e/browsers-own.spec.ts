// The browser's own state, which may be wrong: its clock, and its session after another tab has changed it.
import { expect, find, like, PASSWORD, rent, signUp, test, watch } from './store.ts'

const DAY_MS = 86_400_000

for (const days of [3, -3]) {
  test(`a rental can be watched in a browser whose clock is ${days} days off @desktop`, async ({ page, words }) => {
    await page.clock.install({ time: Date.now() + days * DAY_MS })
    await find(page, words, 'Nosferatu')
    await rent(page, words)
    await watch(page, words)
    await page.getByRole('link', { name: words.watch.to_library }).click()
    const left = page.getByTestId('time-left')
    await expect(left).toHaveText(like(words.library.to_finish))
    await expect(left).toHaveText(/47 h/)
    // A film that was left in its first second begins again.
    const goOn = page.getByRole('link', { name: like(words.library.continue) })
    await expect(goOn.or(page.getByRole('link', { name: like(words.library.watch) })).first()).toBeVisible()
  })
}

test('an order of a page whose customer has changed in another tab is asked about and not placed', async ({
  page,
  request,
  words,
}) => {
  const email = `bruno-${Date.now()}@example.com`
  const bruno = { email, password: PASSWORD }
  expect((await request.post('/api/v1/account', { data: { ...bruno, name: 'Bruno' } })).status()).toBe(201)
  await find(page, words, 'Nosferatu')
  await page.getByRole('link', { name: like(words.rent.rent_for) }).click()
  await signUp(page, words)
  const pay = page.getByRole('button', { name: like(words.rent.rent_for) })
  await expect(pay).toBeVisible()

  // Another tab of this browser signs in directly: if it signed out first, this page would ask its guest to sign in.
  expect((await page.request.post('/api/v1/session', { data: bruno })).status()).toBe(201)

  await pay.click()
  const dialog = page.getByRole('dialog')
  await expect(dialog).toContainText(email)
  const library = (await (await page.request.get('/api/v1/library')).json()) as { entitlements: unknown[] }
  expect(library.entitlements).toEqual([])
  const orders = (await (await page.request.get('/api/v1/orders')).json()) as { orders: unknown[] }
  expect(orders.orders).toEqual([])

  await dialog.getByRole('button', { name: new RegExp(email) }).click()
  await expect(pay).toBeVisible()
  await pay.click()
  await expect(page.getByTestId('order-done')).toBeVisible()
})
