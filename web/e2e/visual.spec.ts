// Compares the main pages with the pictures beside this file, to find unintended changes. After an intended change run
// `npm run pictures`, and look at the new pictures.
import type { Page } from '@playwright/test'

import { expect, find, test } from './store.ts'

// In a store of its own, because orders of other tests would change the order of films by popularity.
test.use({ ownStore: 'visual' })

/** Everything that depends on the day, such as the film of the day, depends on this one. */
const TODAY = new Date('2026-11-25T20:00:00Z')

for (const colorScheme of ['dark', 'light'] as const) {
  test.describe(`in the ${colorScheme}`, () => {
    test.use({ colorScheme, contextOptions: { reducedMotion: 'reduce' } })
    test.beforeEach(async ({ page }) => {
      await page.clock.setFixedTime(TODAY)
      // The page uses the store's clock, which it reads from the answers.
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

/** Waits until every visible poster is loaded. */
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
