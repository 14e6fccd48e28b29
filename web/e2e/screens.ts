// Takes the pictures of the documentation, docs/screens: `npm run screens`, with DVS_BIN as for the tests.
import { mkdirSync, writeFileSync } from 'node:fs'

import type { Page } from '@playwright/test'

import { expect, find, like, playing, rent, test, type Words } from './store.ts'

const FOLDER = new URL('../../docs/screens/', import.meta.url).pathname
const LARGEST_BYTES = 150_000
const QUALITY = 0.82
const SIZES = {
  desktop: { viewport: { width: 1440, height: 900 }, deviceScaleFactor: 1 },
  phone: { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
}

for (const [size, device] of Object.entries(SIZES)) {
  for (const colorScheme of ['dark', 'light'] as const) {
    test.describe(`${size} ${colorScheme}`, () => {
      test.use({ ...device, colorScheme, contextOptions: { reducedMotion: 'reduce' } })

      test('the main pages', async ({ page, words }) => {
        const keep = (name: string) => take(page, `${name}-${size}-${colorScheme}`)
        await page.goto('/')
        await page.getByRole('heading', { level: 1 }).waitFor()
        await keep('home')
        await page.goto('/search?genre=Drama')
        await page.getByRole('heading', { level: 1 }).waitFor()
        await keep('search')
        await toTheLibrary(page, words)
        await keep('library')
        await find(page, words, 'Metropolis')
        await keep('film')
        await page.getByRole('link', { name: like(words.rent.rent_for) }).click()
        await page.getByRole('button', { name: like(words.rent.rent_for) }).waitFor()
        await keep('checkout')
        if (colorScheme === 'light') return
        await page.goto('/library')
        await page.getByRole('link', { name: words.library.watch }).first().click()
        await page.getByRole('button', { name: words.watch.start }).click()
        const film = await playing(page)
        await page.keyboard.press('c')
        await page.keyboard.press('5')
        await page.keyboard.press('k')
        await film.hover()
        await keep('player')
      })
    })
  }
}

async function toTheLibrary(page: Page, words: Words): Promise<void> {
  await find(page, words, 'Limite')
  await rent(page, words)
  for (const film of ['Nosferatu', 'Häxan']) {
    await find(page, words, film)
    const offer = film === 'Häxan' ? words.rent.buy_for : words.rent.rent_for
    await page.getByRole('link', { name: like(offer) }).click()
    await page.getByRole('button', { name: like(offer) }).click()
    await page.getByTestId('order-done').waitFor()
  }
  await page.goto('/library')
  await page.getByTestId('time-left').first().waitFor()
}

async function take(page: Page, name: string): Promise<void> {
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
  const png = await page.screenshot({ animations: 'disabled' })
  // In a page without the store's content security policy, which forbids data: addresses.
  const table = await page.context().newPage()
  const webp = await table.evaluate(
    async ([source, quality]) => {
      const image = await createImageBitmap(await (await fetch(source)).blob())
      const canvas = new OffscreenCanvas(image.width, image.height)
      canvas.getContext('2d')?.drawImage(image, 0, 0)
      const packed = await canvas.convertToBlob({ type: 'image/webp', quality })
      return Array.from(new Uint8Array(await packed.arrayBuffer()))
    },
    [`data:image/png;base64,${png.toString('base64')}`, QUALITY] as const,
  )
  await table.close()
  expect(webp.length, name).toBeLessThan(LARGEST_BYTES)
  mkdirSync(FOLDER, { recursive: true })
  writeFileSync(`${FOLDER}${name}.webp`, Buffer.from(webp))
}
