// A slow connection, and a store that fails: parts that are loading have their place, loaded parts stay, and failed parts can be
// loaded again.
import type { Page } from '@playwright/test'

import { expectNoBarriers } from './axe.ts'
import { expectNoFaults } from './layout.ts'
import { expect, find, like, rent, scrollTo, test } from './store.ts'

test.use({ contextOptions: { reducedMotion: 'reduce' } })

/** How often the app sends a request before it gives up. */
const TRIES = 3

/** Holds back every answer of this address, until the returned function is called. */
async function holdBack(page: Page, address: RegExp): Promise<() => void> {
  let release: (() => void) | undefined
  const released = new Promise<void>((resolve) => (release = resolve))
  await page.route(address, async (route) => {
    await released
    await route.continue()
  })
  return () => release?.()
}

async function fail(page: Page, address: RegExp): Promise<void> {
  await page.route(address, (route) => route.fulfill({ status: 500, body: '' }))
}

/** Checks the page's layout and accessibility. */
async function expectNothingWrong(page: Page): Promise<void> {
  await expectNoFaults(page)
  await expectNoBarriers(page)
}

for (const colorScheme of ['dark', 'light'] as const) {
  test(`a search and a film keep their places until they are there, in ${colorScheme}`, async ({ page, words }) => {
    await page.emulateMedia({ colorScheme })
    await page.goto('/terms')
    const list = await holdBack(page, /\/api\/v1\/titles\?/)
    await page.getByRole('combobox', { name: words.search.label }).fill('nosferatu')
    await page.getByRole('combobox', { name: words.search.label }).press('Enter')
    const results = page.getByRole('region', { name: words.search.results })
    await expect(results.locator('[aria-busy=true] .skeleton').first()).toBeVisible()
    await expectNothingWrong(page)
    list()
    const film = results.getByRole('link', { name: 'Nosferatu' }).first()
    await expect(film).toBeVisible()
    await expect(results.locator('.skeleton')).toHaveCount(0)

    // The film's page shows at once what the list had; the rest has its place.
    const rest = await holdBack(page, /\/api\/v1\/titles\/[\w-]+$/)
    await film.click()
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Nosferatu')
    await expect(page.getByRole('main').locator('.skeleton').first()).toBeVisible()
    await expectNothingWrong(page)
    rest()
    await expect(page.getByRole('main').getByRole('link', { name: like(words.rent.rent_for) })).toBeVisible()
    await expect(page.getByRole('main').locator('.skeleton')).toHaveCount(0)
  })

  test(`a library that failed to load can be loaded again, in ${colorScheme}`, async ({ page, words }) => {
    await page.emulateMedia({ colorScheme })
    await find(page, words, 'Limite')
    await rent(page, words)
    const library = /\/api\/v1\/library/
    await fail(page, library)
    await page.goto('/library')
    await expect(page.getByRole('main').locator('.skeleton').first()).toBeVisible()
    await expectNothingWrong(page)
    await expect(page.getByRole('alert')).toContainText(words.state.failed)
    await expectNothingWrong(page)
    await page.unroute(library)
    await page.getByRole('button', { name: words.state.retry }).click()
    await expect(page.getByRole('heading', { name: 'Limite' })).toBeVisible()
  })
}

test('loaded films stay when more of them fail to load', async ({ page, words }) => {
  await page.goto('/search')
  const films = page.getByRole('region', { name: words.search.results }).getByRole('listitem')
  await films.first().waitFor()
  const next = /\/api\/v1\/titles\?.*page_token/
  await fail(page, next)
  await page.getByRole('button', { name: words.state.more }).click()
  await expect(page.getByRole('alert')).toContainText(words.state.more_failed)
  await expect(films).toHaveCount(24)
  await expectNothingWrong(page)
  await page.unroute(next)
  // An event about titles makes the page load the list again, and then there is no failure to retry.
  const again = page.getByRole('button', { name: words.state.retry })
  await again.or(page.getByRole('button', { name: words.state.more })).click()
  await expect(films).toHaveCount(48)
  await expect(page.getByRole('alert')).toHaveCount(0)
})

test('the film on the page stays when the store fails afterwards', async ({ page, words, tool }) => {
  await find(page, words, 'Häxan')
  const again = /\/api\/v1\/titles\/[\w-]+$/
  await fail(page, again)
  let failures = 0
  page.on('response', (response) => (failures += Number(response.status() === 500)))
  tool('offer', 'set', new URL(page.url()).pathname.split('/').at(-1) ?? '', 'rent', 'BRL:1234')
  await expect.poll(() => failures).toBe(TRIES)
  await page.getByRole('button', { name: words.watchlist.button }).hover()
  await expect(page.getByRole('alert')).toHaveCount(0)
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Häxan')
  await page.unroute(again)
  await page.reload()
  await expect(page.getByRole('main').getByRole('link', { name: /12[.,]34/ })).toBeVisible()
})

test('a row that fails to load is left out, and the others stay', async ({ page, words }) => {
  await fail(page, /\/api\/v1\/titles\?.*sort=newest/)
  await page.goto('/')
  await page.getByRole('heading', { level: 1 }).waitFor()
  await scrollTo(page, page.getByRole('heading', { name: words.home.by_country }))
  await expect(page.getByRole('region', { name: words.home.newest })).toHaveCount(0)
  await expect(page.getByRole('region', { name: words.home.popular, exact: true })).toBeVisible()
})
