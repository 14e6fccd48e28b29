// One account on two devices: a rental plays on one of them at a time.
import { expect, find, playing, rent, test, watch } from './store.ts'

test('a second browser takes the film over, the first shows which one did, and takes it back', async ({
  page,
  browser,
  words,
  store,
}) => {
  await find(page, words, 'Limite')
  await rent(page, words)
  await watch(page, words)
  const watching = page.url()

  const elsewhere = await browser.newContext({ baseURL: store, storageState: await page.context().storageState() })
  const second = await elsewhere.newPage()
  await second.goto(watching)
  // Each names the other device by its browser and system.
  const device = /Chrome · (Linux|Android)/
  await expect(second.getByRole('dialog')).toContainText(device)
  await second.getByRole('button', { name: words.watch.take_over }).click()
  await expect(page.getByRole('alert')).toContainText(words.watch.taken_over, { timeout: 2_000 })
  await expect(page.getByRole('alert')).toContainText(device)
  await playing(second)

  await page.getByRole('button', { name: words.player.take_back }).click()
  await expect(second.getByRole('alert')).toContainText(words.watch.taken_over, { timeout: 2_000 })
  await playing(page)
  await elsewhere.close()
})

test('the place of a player whose tab was closed is free when its lease ends @desktop', async ({
  page,
  browser,
  words,
  store,
}) => {
  const LEASE_SECONDS = 30
  test.setTimeout(90_000)
  await find(page, words, 'Häxan')
  await rent(page, words)
  await watch(page, words)
  const [watching, storageState] = [page.url(), await page.context().storageState()]
  await page.close()

  const elsewhere = await browser.newContext({ baseURL: store, storageState })
  const second = await elsewhere.newPage()
  // Tries again and again, as a viewer would who waits.
  await expect(async () => {
    await second.goto(watching)
    await expect(second.locator('video')).toBeVisible({ timeout: 1_000 })
  }).toPass({ timeout: (LEASE_SECONDS + 10) * 1_000 })
  await elsewhere.close()
})
