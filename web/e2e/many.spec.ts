// A shop of thirty thousand films works like a small one.
import { ordinary, rowsOf } from './odd-films.ts'
import { expect, like, scrollTo, test } from './store.ts'

const FILMS = 30_000

test.use({ films: rowsOf(ordinary(FILMS)) })
// The first test has to wait for the import.
test.beforeEach(() => test.slow())

test('the first page has its shelves, and none waits for the others', async ({ page, words }) => {
  await page.goto('/')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(/Film number \d+/)
  await scrollTo(page, page.getByRole('heading', { name: words.home.by_country }))
  await expect(page.getByRole('region', { name: words.home.newest }).getByRole('link').nth(1)).toBeVisible()
})

test('all are counted, by kind too, and the list continues page after page', async ({ page, words, locale }) => {
  const n = new Intl.NumberFormat(locale)
  await page.goto('/search')
  const count = page.getByRole('status').filter({ hasText: n.format(FILMS) })
  await expect(count).toBeVisible()
  const films = page.getByRole('region', { name: words.search.results }).getByRole('listitem')
  for (const shown of [24, 48, 72]) {
    await expect(films).toHaveCount(shown)
    await page.getByRole('button', { name: words.state.more }).click()
  }
  await page.goto('/search?genre=Horror&decade=1950')
  await expect(films.first()).toBeVisible()
  await expect(page.getByRole('status').filter({ hasText: /[1-9]/ })).not.toContainText(n.format(FILMS))
})

test('one of them is found while its name is typed', async ({ page, words }) => {
  await page.goto('/')
  await page.getByRole('combobox', { name: words.search.label }).fill('film number 29417')
  await page.getByRole('option', { name: 'Film number 29417' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Film number 29417')
  await expect(page.getByRole('link', { name: like(words.rent.rent_for) })).toBeVisible()
})
