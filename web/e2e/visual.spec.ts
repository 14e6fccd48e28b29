// How the main pages look, against the pictures beside this file: a guard against accidents, not against change. After a
// change that is meant: `npm run pictures`, and look at what became of them.
import type { Page } from '@playwright/test'

import { expect, find, like, rent, test } from './store.ts'

/** The film of the day, and whatever counts the days, is always of this one. */
const TODAY = new Date('2026-11-25T20:00:00Z')

for (const colorScheme of ['dark', 'light'] as const) {
  test.describe(`in the ${colorScheme}`, () => {
    test.use({ colorScheme, contextOptions: { reducedMotion: 'reduce' } })
    test.beforeEach(({ page }) => page.clock.setFixedTime(TODAY))

    test('the home page', async ({ page }) => {
      await page.goto('/')
      await page.getByRole('heading', { level: 1 }).waitFor()
      await allPostersShown(page)
      await expect(page).toHaveScreenshot(`home-${colorScheme}.png`)
    })

    test('a film’s page, and what one pays', async ({ page, words }) => {
      await find(page, words, 'Limite')
      await page.mouse.move(0, 0)
      await allPostersShown(page)
      await expect(page).toHaveScreenshot(`film-${colorScheme}.png`)
      await page.getByRole('link', { name: like(words.rent.rent_for) }).click()
      await page.getByRole('button', { name: words.account.sign_up }).waitFor()
      await expect(page).toHaveScreenshot(`checkout-${colorScheme}.png`)
    })

    test('the library', async ({ page, words }) => {
      await find(page, words, 'Limite')
      await rent(page, words)
      await page.goto('/library')
      await allPostersShown(page)
      await expect(page).toHaveScreenshot(`library-${colorScheme}.png`, { mask: [page.getByTestId('time-left')] })
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
          .filter((image) => image.getBoundingClientRect().top < innerHeight)
          .every((image) => image.complete),
      ),
    )
    .toBe(true)
}
