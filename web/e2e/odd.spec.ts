// Films with unusual facts, among many others and alone in a shop: nothing is wider than the window, cut without an ellipsis, or
// on top of something else.
import { fileURLToPath } from 'node:url'

import type { Page } from '@playwright/test'

import { expectNoFaults } from './layout.ts'
import { ODD, ordinary, rowsOf } from './odd-films.ts'
import { expect, like, playing, scrollTo, signUp, test, type Tool, type Words } from './store.ts'

test.use({ films: rowsOf([...ODD, ...ordinary(40)]), contextOptions: { reducedMotion: 'reduce' } })

const FILM = fileURLToPath(new URL('../../crates/catalogue/demo/leader.mp4', import.meta.url))
/** How many films take turns on the first page. */
const ON_STAGE = 5
/** How many of the odd films, the first ones, have the most difficult names. */
const TRYING = 5
const SIZES = {
  phone: [
    { width: 360, height: 740 },
    { width: 768, height: 1024 },
  ],
  desktop: [
    { width: 1280, height: 800 },
    { width: 2560, height: 1440 },
  ],
}

/** Checks the page's layout in each window size of this device. */
async function look(page: Page, what: string, isMobile: boolean | undefined): Promise<void> {
  for (const size of isMobile ? SIZES.phone : SIZES.desktop) {
    await page.setViewportSize(size)
    await page.evaluate(() => document.fonts.ready)
    await expectNoFaults(page, `${what} at ${size.width}`)
  }
}

/** The film's id, by its name. */
async function idOf(page: Page, name: string): Promise<string> {
  const answer = await page.request.get('/api/v1/titles', { params: { page_size: 50 } })
  const { titles } = (await answer.json()) as { titles: { id: string; display_name: string }[] }
  const id = titles.find(({ display_name }) => display_name === name)?.id
  if (!id) throw new Error(`the shop does not have ${name}`)
  return id
}

async function toFilm(page: Page, name: string): Promise<void> {
  await page.goto(`/titles/${await idOf(page, name)}`)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(name)
}

test('the first page has room for them', async ({ page, words, isMobile }) => {
  await page.goto('/')
  await page.getByRole('heading', { level: 1 }).waitFor()
  await scrollTo(page, page.getByRole('heading', { name: words.home.by_country }))
  await look(page, 'shelves', isMobile)
  const headline = page.getByRole('heading', { level: 1 })
  for (let shown = 0; shown < ON_STAGE; shown += 1) {
    const before = await headline.innerText()
    await page.getByRole('button', { name: words.home.stage_forward }).click()
    // During a change both headings are there for a moment.
    await expect(page.getByRole('heading', { level: 1, name: before, exact: true })).toHaveCount(0)
    await look(page, 'stage', isMobile)
  }
})

test('the search and its suggestions have room for them', async ({ page, words, isMobile }) => {
  await page.goto('/search')
  const films = page.getByRole('region', { name: words.search.results }).getByRole('listitem')
  await films.nth(ODD.length).waitFor()
  await look(page, 'search', isMobile)
  await page.getByRole('combobox', { name: words.search.label }).fill('Llanfair')
  await page.getByRole('option').first().waitFor()
  await look(page, 'suggestions', isMobile)
  const longest = ODD.find(({ name }) => name.length === 200)?.name ?? ''
  await page.goto(`/search?q=${encodeURIComponent(longest)}`)
  await films.first().waitFor()
  await look(page, 'search for the longest name', isMobile)
})

for (const { name } of ODD) {
  test(`the page of ${name.slice(0, 30)} has room for it`, async ({ page, words, isMobile }) => {
    await toFilm(page, name)
    await page.locator('dl').or(page.getByText(words.catalogue.share)).first().waitFor()
    await look(page, 'film', isMobile)
    await expect(page.locator('[data-poster-lead] img')).toHaveJSProperty('complete', true)
    for (const nothing of ['null', 'undefined', 'NaN']) {
      await expect(page.getByText(nothing, { exact: true })).toHaveCount(0)
    }
  })
}

test('their names fit into the checkout, the library, the watchlist, the receipts and the player', async ({
  page,
  words,
  tool,
  isMobile,
}) => {
  test.slow()
  const films = ODD.slice(0, TRYING)
  await toFilm(page, films[0]?.name ?? '')
  await page.getByRole('link', { name: like(words.rent.rent_for) }).click()
  await signUp(page, words)
  await page.getByRole('button', { name: like(words.rent.rent_for) }).waitFor()
  for (const [index, { name }] of films.entries()) {
    await toFilm(page, name)
    const kept = page.waitForResponse((one) => one.url().includes('/watchlist/') && one.request().method() === 'PUT')
    await page.getByRole('button', { name: words.watchlist.button }).click()
    await kept
    const offer = index % 2 ? words.rent.buy_for : words.rent.rent_for
    await page.getByRole('link', { name: like(offer) }).click()
    await page.getByRole('button', { name: like(offer) }).waitFor()
    await look(page, `checkout of ${name}`, isMobile)
    await page.getByRole('button', { name: like(offer) }).click()
    await page.getByTestId('order-done').waitFor()
    await look(page, `receipt of ${name}`, isMobile)
  }
  await page.goto('/library')
  await expect(page.getByRole('article')).toHaveCount(films.length)
  await look(page, 'library', isMobile)
  await page.goto('/watchlist')
  await expect(page.getByRole('main').getByRole('listitem')).toHaveCount(films.length)
  await look(page, 'watchlist', isMobile)
  await page.goto('/account/orders')
  const orders = page.locator('main a[href^="/orders/"]')
  await expect(orders).toHaveCount(films.length)
  await look(page, 'orders', isMobile)
  await orders.nth(2).click()
  await page.getByTestId('receipt').waitFor()
  await look(page, 'order', isMobile)

  await watch(page, words, tool, films[1]?.name ?? '')
  await look(page, 'player', isMobile)
})

async function watch(page: Page, words: Words, tool: Tool, name: string): Promise<void> {
  tool('media', 'add', await idOf(page, name), FILM)
  await page.goto('/library')
  await page
    .getByRole('article')
    .filter({ has: page.getByRole('heading', { name }) })
    .getByRole('link', { name: words.library.watch })
    .click()
  await playing(page)
}
