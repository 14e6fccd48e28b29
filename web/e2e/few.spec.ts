// A shop of three films with unusual names: its pages work without the parts of a large shop.

import { expectNoBarriers } from './axe.ts'
import { expectNoFaults } from './layout.ts'
import { rowsOf, THREE } from './odd-films.ts'
import { expect, like, test } from './store.ts'

test.use({ films: rowsOf(THREE), contextOptions: { reducedMotion: 'reduce' } })

test('all three are on the first page, once below the stage, and no row is empty', async ({ page, words }) => {
  await page.goto('/')
  const all = page.getByRole('region', { name: words.search.all_films })
  await expect(all.getByRole('listitem')).toHaveCount(THREE.length)
  await expect(page.getByRole('heading', { level: 2 })).toHaveCount(1)
  for (let shown = 0; shown < THREE.length; shown += 1) {
    await expectNoFaults(page)
    await page.getByRole('button', { name: words.home.stage_forward }).click()
  }
  await expectNoBarriers(page)
})

test('they are found by a letter, by a word and in a right-to-left script', async ({ page, words }) => {
  const films = page.getByRole('region', { name: words.search.results }).getByRole('listitem')
  for (const [index, words_] of ['M', 'Llanfair', 'נוספרטו'].entries()) {
    await page.goto(`/search?q=${encodeURIComponent(words_)}`)
    await expect(films.getByText(THREE[index]?.name ?? '')).toBeVisible()
    await expectNoFaults(page)
  }
})

test('a film without related films has a page of its own all the same', async ({ page, words }) => {
  await page.goto('/search')
  for (const { name } of THREE) {
    await page.getByRole('region', { name: words.search.results }).getByRole('link', { name }).click()
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(name)
    await expect(page.getByRole('main').getByRole('link', { name: like(words.rent.rent_for) })).toBeVisible()
    await expectNoFaults(page, name)
    await page.goBack()
  }
})
