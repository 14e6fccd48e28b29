// Collections: the first page links to them, and each has a page of its own.
import { expectNoBarriers } from './axe.ts'
import { expect, scrollTo, test } from './store.ts'

test('a collection is found from the first page, and leads to its films', async ({ page, words }) => {
  await page.goto('/')
  const heading = page.getByRole('heading', { name: words.collections.heading })
  await scrollTo(page, heading)
  await heading.getByRole('link').click()
  await expect(page).toHaveURL(/\/collections\/?$/)
  await page.getByRole('main').getByRole('listitem').first().getByRole('link').click()
  await expect(page).toHaveURL(/\/collections\/[a-z-]+/)
  const name = await page.getByRole('heading', { level: 1 }).innerText()
  expect(await page.title()).toContain(name)
  await page.getByRole('main').getByRole('listitem').first().getByRole('link').click()
  await expect(page).toHaveURL(/titles/)
})

test('there is no collection of that name', async ({ page, words }) => {
  await page.goto('/collections/nowhere')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(words.collections.missing)
})

for (const colorScheme of ['dark', 'light'] as const) {
  test(`axe finds nothing serious in collections, in ${colorScheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    const check = (state: string) => expectNoBarriers(page, state)
    await page.goto('/collections')
    await page.getByRole('main').getByRole('listitem').first().getByRole('link').waitFor()
    await check('collections')
    await page.getByRole('main').getByRole('listitem').first().getByRole('link').click()
    await expect(page).toHaveURL(/\/collections\/[a-z-]+/)
    await page.getByRole('heading', { level: 1 }).waitFor()
    await check('collection')
  })
}
