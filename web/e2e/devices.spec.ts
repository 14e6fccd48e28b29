// One account on two devices: a rental plays on one of them at a time.
import { expect, find, rent, test } from './store.ts'

test('a second browser takes the film over, and the first is told', async ({ page, browser, words, store }) => {
  await find(page, words, 'Limite')
  await rent(page, words)
  await page.getByRole('link', { name: words.library.watch }).click()
  await page.getByRole('button', { name: words.watch.start }).click()
  await expect
    .poll(() => page.locator('video').evaluate((film) => (film as HTMLVideoElement).currentTime))
    .toBeGreaterThan(0)
  const watching = page.url()

  const elsewhere = await browser.newContext({ baseURL: store, storageState: await page.context().storageState() })
  const second = await elsewhere.newPage()
  await second.goto(watching)
  await expect(second.getByRole('dialog')).toContainText(words.watch.elsewhere)
  await second.getByRole('button', { name: words.watch.take_over }).click()
  await expect(page.getByRole('alert')).toContainText(words.watch.taken_over, { timeout: 2_000 })
  await expect
    .poll(() => second.locator('video').evaluate((film) => (film as HTMLVideoElement).currentTime))
    .toBeGreaterThan(0)
  await elsewhere.close()
})

test('a player that goes away with its tab frees its place when its lease ends @desktop', async ({
  page,
  browser,
  words,
  store,
}) => {
  const LEASE_SECONDS = 30
  test.setTimeout(90_000)
  await find(page, words, 'Häxan')
  await rent(page, words)
  await page.getByRole('link', { name: words.library.watch }).click()
  await page.getByRole('button', { name: words.watch.start }).click()
  await expect
    .poll(() => page.locator('video').evaluate((film) => (film as HTMLVideoElement).currentTime))
    .toBeGreaterThan(0)
  const [watching, storageState] = [page.url(), await page.context().storageState()]
  await page.close()

  const elsewhere = await browser.newContext({ baseURL: store, storageState })
  const second = await elsewhere.newPage()
  // Asked again and again, as somebody would who waits for the place.
  await expect(async () => {
    await second.goto(watching)
    await expect(second.locator('video')).toBeVisible({ timeout: 1_000 })
  }).toPass({ timeout: (LEASE_SECONDS + 10) * 1_000 })
  await elsewhere.close()
})
