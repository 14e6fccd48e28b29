// Choosing a film: what it costs and what happens next, its trailer, sharing it, related films, and films with very long or
// very few facts.
import type { Page } from '@playwright/test'

import { expect, find, like, test } from './store.ts'

test('both offers, their windows and what happens next are there at a glance', async ({ page, words }) => {
  await find(page, words, 'Nosferatu')
  const main = page.getByRole('main')
  const rent = main.getByRole('link', { name: like(words.rent.rent_for) })
  // On a phone the offers come before the synopsis; on a desktop they are visible at once.
  const story = await main
    .locator('p')
    .filter({ hasText: /Murnau .+ [tv]/ })
    .first()
    .boundingBox()
  const offer = await rent.boundingBox()
  if ((page.viewportSize()?.width ?? 0) < 768) expect(offer?.y).toBeLessThan(story?.y ?? 0)
  else await expect(rent).toBeInViewport()
  await expect(main.getByText(like(words.rent.to_start)).first()).toBeVisible()
  await expect(main.getByText(like(words.rent.to_finish)).first()).toBeVisible()
  await expect(main.getByText(words.rent.buy_terms)).toBeVisible()
  await expect(main.getByText(words.rent.next_sign_in)).toBeVisible()
})

test('the trailer’s site gets no request before the visitor opens it', async ({ page, words, store }) => {
  const elsewhere: string[] = []
  page.on('request', (request) => {
    if (!request.url().startsWith(store)) elsewhere.push(request.url())
  })
  await find(page, words, 'Big Buck Bunny')
  const opener = page.getByRole('button', { name: words.catalogue.watch_trailer })
  await opener.click()
  const dialog = page.getByRole('dialog', { name: like(words.catalogue.trailer_of) })
  await expect(dialog.getByRole('link')).toHaveAttribute('href', 'https://peach.blender.org/')
  await page.keyboard.press('Escape')
  await expect(dialog).toBeHidden()
  await expect(opener).toBeFocused()
  expect(elsewhere.filter((url) => url.startsWith('http'))).toEqual([])
})

test('a film’s address can be shared @desktop', async ({ page, words, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  // As on a desktop without a share sheet.
  await page.addInitScript(() => Reflect.deleteProperty(Navigator.prototype, 'share'))
  await find(page, words, 'Limite')
  await page.getByRole('button', { name: words.catalogue.share }).click()
  await expect(page.getByText(words.catalogue.link_copied)).toBeVisible()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(page.url())
})

test('each related film says why it is related', async ({ page, words }) => {
  await find(page, words, 'Nosferatu')
  const related = page.getByRole('region', { name: words.catalogue.related })
  await expect(
    related.getByText(words.catalogue.reason.director.replace('{name}', 'F. W. Murnau')).first(),
  ).toBeVisible()
})

/** Opens the page of Limite with other facts than the store has. */
async function lookAt(page: Page, known: Record<string, unknown>): Promise<void> {
  await page.route(/\/api\/v1\/titles\/[\w-]+$/, async (route) => {
    const response = await route.fetch()
    await route.fulfill({ response, json: { ...(await response.json()), ...known } })
  })
  await page.goto('/search?q=limite')
  await page.getByRole('main').getByRole('listitem').first().getByRole('link').click()
  await expect(page).toHaveURL(/titles/)
}

for (const [kind, name] of [
  ['one letter', 'M'],
  ['two hundred letters', 'Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch'.repeat(4).slice(0, 200)],
  ['letters that run from right to left', 'נוספרטו, סימפוניה של אימה'],
] as const) {
  test(`a name of ${kind} fits its page`, async ({ page }) => {
    await lookAt(page, { display_name: name, original_name: name })
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(name)
    const { scroll, width } = await page.evaluate(() => ({
      scroll: document.documentElement.scrollWidth,
      width: document.documentElement.clientWidth,
    }))
    expect(scroll).toBeLessThanOrEqual(width)
  })
}

test('a film of which hardly anything is known still has a page', async ({ page, words }) => {
  await lookAt(page, {
    poster_url: 'https://nowhere.invalid/poster.jpg',
    synopsis: null,
    cast: [],
    directors: [],
    director: null,
    year: null,
    runtime_minutes: null,
    age_rating: null,
    genres: [],
    countries: [],
    languages: [],
    subtitle_languages: [],
    licence: null,
    related: [],
  })
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  await expect(page.getByRole('main').getByRole('link', { name: like(words.rent.rent_for) })).toBeVisible()
  // The drawn poster replaces the image that cannot be loaded.
  await expect(page.locator('[data-poster-lead] img')).toHaveAttribute('src', /\/posters\/.+\.svg/)
  await expect(page.getByText('null')).toHaveCount(0)
})
