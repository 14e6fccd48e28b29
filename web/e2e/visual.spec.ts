// How the main pages look, against the pictures beside this file: a guard against accidents, not against change. After a
// change that is meant: `npm run pictures`, and look at what became of them.
import type { Page } from '@playwright/test'

import { expect, find, test } from './store.ts'

// Films are ordered by popularity, so an order of another test moves them.
test.use({ ownStore: 'visual' })

/** The film of the day, and whatever counts the days, is always of this one. */
const TODAY = new Date('2026-11-25T20:00:00Z')

for (const colorScheme of ['dark', 'light'] as const) {
  test.describe(`in the ${colorScheme}`, () => {
    test.use({ colorScheme, contextOptions: { reducedMotion: 'reduce' } })
    test.beforeEach(async ({ page }) => {
      await page.clock.setFixedTime(TODAY)
      // The page goes by the store's clock, which its answers tell.
      await page.route(/\/api\/v1\/(?!events)/, async (route) => {
        const response = await route.fetch()
        await route.fulfill({ response, headers: { ...response.headers(), date: TODAY.toUTCString() } })
      })
    })

    test('the home page', async ({ page }) => {
      await page.goto('/')
      await page.getByRole('heading', { level: 1 }).waitFor()
      await allPostersShown(page)
      await expect(page).toHaveScreenshot(`home-${colorScheme}.png`)
    })

    test('a film’s page', async ({ page, words }) => {
      await find(page, words, 'Limite')
      await page.mouse.move(0, 0)
      await allPostersShown(page)
      await expect(page).toHaveScreenshot(`film-${colorScheme}.png`)
    })
  })
}

/** Every poster that is in sight has come. */
async function allPostersShown(page: Page): Promise<void> {
  await page.locator('img').first().waitFor()
  await page.evaluate(() => document.fonts.ready)
  await expect
    .poll(() =>
      page.evaluate(() =>
        Array.from(document.images)
          .filter((image) => {
            const { top, left, right } = image.getBoundingClientRect()
            return top < innerHeight && left < innerWidth && right > 0
          })
          .every((image) => image.complete),
      ),
    )
    .toBe(true)
}
