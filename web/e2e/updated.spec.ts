// The store is updated while a page of it is open: the page requests code files that the new version does not have.
import type { Page } from '@playwright/test'

import { expect, speakAnother, test } from './store.ts'

/** From now on the store has no code file that the page knows, until the page is reloaded. */
async function update(page: Page, { forGood = false } = {}): Promise<{ loads: () => number }> {
  let [gone, loads] = [true, 0]
  await page.route('**/assets/**', (route) => (gone ? route.fulfill({ status: 404, body: '' }) : route.continue()))
  page.on('request', (request) => {
    if (!request.isNavigationRequest()) return
    loads += 1
    gone = forGood
  })
  return { loads: () => loads }
}

/** Navigates by links of the loaded page, which requests no file again that it loaded before the update. */
const footer = (page: Page) => page.getByRole('contentinfo')

test('a link still leads to its page, which is loaded once', async ({ page, words }) => {
  await page.goto('/search?genre=Drama')
  await page.getByRole('heading', { level: 1 }).waitFor()
  const store = await update(page)
  await footer(page).getByRole('link', { name: words.shell.terms }).click()
  await expect(page.getByRole('heading', { level: 1, name: words.shell.terms })).toBeVisible()
  await expect(page).toHaveURL(/\/terms$/)
  expect(store.loads()).toBe(1)
  await page.goBack()
  await expect(page).toHaveURL(/\/search\?genre=Drama$/)
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
})

test('so does a step back, and a link with a query', async ({ page, words }) => {
  await page.goto('/terms')
  await page.getByRole('heading', { level: 1, name: words.shell.terms }).waitFor()
  await footer(page).getByRole('link', { name: words.shell.privacy }).click()
  await page.getByRole('heading', { level: 1, name: words.shell.privacy }).waitFor()
  await page.reload()
  await page.getByRole('heading', { level: 1, name: words.shell.privacy }).waitFor()
  const store = await update(page)
  await page.goBack()
  await expect(page.getByRole('heading', { level: 1, name: words.shell.terms })).toBeVisible()
  await expect(page).toHaveURL(/\/terms$/)
  expect(store.loads()).toBe(1)
})

test('the language can be changed after an update too', async ({ page, words }) => {
  await page.goto('/terms')
  await page.getByRole('heading', { level: 1, name: words.shell.terms }).waitFor()
  await update(page)
  await speakAnother(page, words)
  await expect(page.getByRole('heading', { level: 1, name: words.shell.terms })).toBeHidden()
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
})

test('a page that stays missing is reported, and loaded on request, not again and again', async ({ page, words }) => {
  await page.goto('/privacy')
  await page.getByRole('heading', { level: 1, name: words.shell.privacy }).waitFor()
  await page.getByRole('banner').getByRole('link', { name: words.shell.films }).click()
  await page.getByRole('heading', { level: 1, name: words.search.all_films }).waitFor()
  const terms = '**/assets/terms*.js'
  await page.route(terms, (route) => route.fulfill({ status: 404, body: '' }))
  let loads = 0
  page.on('request', (request) => (loads += Number(request.isNavigationRequest())))
  await footer(page).getByRole('link', { name: words.shell.terms }).click()
  await expect(page.getByRole('alert')).toContainText(words.state.page_missing)
  expect(loads).toBe(1)
  await page.unroute(terms)
  await page.getByRole('link', { name: words.state.retry }).click()
  await expect(page.getByRole('heading', { level: 1, name: words.shell.terms })).toBeVisible()
  await expect(page.getByRole('alert')).toHaveCount(0)
})

test('a page that was sent just before the update is loaded again', async ({ page }) => {
  let isFirst = true
  await page.route('**/assets/*.js', (route) => {
    const gone = isFirst
    isFirst = false
    return gone ? route.fulfill({ status: 404, body: '' }) : route.continue()
  })
  await page.goto('/')
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
})
