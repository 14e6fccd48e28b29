// The shop over plain http at an address of a local network: for browsers that is no secure context, so they do not offer some
// of their functions.
import { expect, find, like, playing, rent, signUp, test, watch } from './store.ts'

test.use({
  // playwright.config.ts resolves this name.
  baseURL: async ({ store }, use) => use(store.replace('127.0.0.1', 'shop.test')),
})

test('a guest rents a film and watches it', async ({ page, words }) => {
  await find(page, words, 'Nosferatu')
  expect(await page.evaluate(() => isSecureContext)).toBe(false)
  await rent(page, words)
  const film = await watch(page, words)
  await page.reload()
  await playing(page)
  await page.keyboard.press('6')
  await page.keyboard.press('k')
  await expect.poll(() => film.evaluate((video) => (video as HTMLVideoElement).paused)).toBe(true)
  await page.getByRole('link', { name: words.watch.to_library }).click()
  await expect(page.getByRole('link', { name: words.library.continue })).toBeVisible()
})

test('a Pix’s code and a film’s address are copied', async ({ page, words }) => {
  const box = page.getByRole('combobox', { name: words.search.label })
  const pasted = async () => {
    await box.fill('')
    await box.press('ControlOrMeta+v')
    return box.inputValue()
  }
  await find(page, words, 'Limite')
  await page.getByRole('button', { name: words.catalogue.share }).click()
  await expect(page.getByText(words.catalogue.link_copied)).toBeVisible()
  expect(await pasted()).toBe(page.url())
  await box.press('Escape')

  await page.getByRole('link', { name: like(words.rent.rent_for) }).click()
  await signUp(page, words)
  await page.getByRole('radio', { name: words.checkout.pix }).check()
  await page
    .locator('main')
    .getByRole('button', { name: like(words.rent.rent_for) })
    .click()
  const code = await page.getByLabel(words.pix.code).inputValue()
  await page.getByRole('button', { name: words.pix.copy }).click()
  await expect(page.getByText(words.pix.copied)).toBeVisible()
  const copied = await pasted()
  expect(copied.length).toBeGreaterThan(100)
  // The text field may cut the code.
  expect(code.startsWith(copied)).toBe(true)
})

test('no part of the page calls functions that only secure contexts have', async ({ page, words }) => {
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(String(error)))
  await page.goto('/')
  await page.getByRole('heading', { level: 1 }).waitFor()
  await find(page, words, 'Häxan')
  await page.getByRole('button', { name: words.watchlist.button }).click()
  await page.getByRole('tab', { name: words.account.sign_up_tab }).click()
  await signUp(page, words)
  await expect(page.getByRole('button', { name: words.watchlist.button, pressed: true })).toBeVisible()
  await page.goto('/account')
  await page.getByTestId('devices').waitFor()
  expect(faults).toEqual([])
})
