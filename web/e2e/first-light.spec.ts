// What the page shows before the app runs: the first poster, where the app will draw it.
import type { Page } from '@playwright/test'

import { expect, test } from './store.ts'

/** A visitor would see a larger move. */
const STILL_PX = 3

const films = async (page: Page) => (await (await page.request.get('/api/v1/titles?sort=popular')).json()) as Films
interface Films {
  titles: { id: string }[]
}

for (const [name, address] of [
  ['the home page', async () => '/'],
  ['a search', async () => '/search'],
  ['a film’s page', async (page: Page) => `/titles/${(await films(page)).titles[0]?.id}`],
] as const) {
  test(`the poster of ${name} is shown before the app’s code has loaded, and does not move afterwards @phone`, async ({
    page,
  }) => {
    const door = new EventTarget()
    const opened = new Promise((resolve) => door.addEventListener('open', resolve))
    await page.route(/\/assets\/app-[^/]*\.js$/, async (route) => {
      await opened
      await route.continue()
    })
    await page.goto(await address(page), { waitUntil: 'commit' })
    const early = page.locator('#app img').first()
    await expect
      .poll(() => early.evaluate((image: HTMLImageElement) => image.complete && image.naturalWidth))
      .toBeTruthy()
    const [source, place] = [await early.getAttribute('src'), await early.boundingBox()]
    await expect(page.getByRole('heading')).toHaveCount(0)

    door.dispatchEvent(new Event('open'))
    await page.getByRole('heading', { level: 1 }).waitFor()
    const drawn = page.getByRole('main').locator('img').first()
    expect(new URL((await drawn.getAttribute('src')) ?? '', page.url()).href).toBe(source)
    const now = await drawn.boundingBox()
    for (const side of ['x', 'y', 'width', 'height'] as const)
      expect(Math.abs((now?.[side] ?? 0) - (place?.[side] ?? 0)), side).toBeLessThan(STILL_PX)
  })
}
