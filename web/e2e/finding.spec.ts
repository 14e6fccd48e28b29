// Finding a film: the stage, the rows, the search with its filters, people, and suggestions when nothing is found.
import type { Page } from '@playwright/test'

import { expectNoBarriers } from './axe.ts'
import { expect, like, scrollTo, test, type Words } from './store.ts'

// Once another test has rented, the most rented films have a row of their own.
test.use({ ownStore: 'finding' })

const stageOf = (page: Page, words: Words) => page.getByRole('region', { name: words.home.stage })
const headline = (page: Page) => page.getByRole('heading', { level: 1 })

test('the stage shows another film when the visitor chooses it, and stays on it', async ({ page, words }) => {
  await page.clock.install()
  await page.goto('/')
  const first = await headline(page).innerText()
  await stageOf(page, words).getByRole('button', { name: words.home.stage_forward }).click()
  await expect(headline(page)).not.toHaveText(first)
  const chosen = await headline(page).innerText()
  await page.mouse.move(0, 700)
  await page.locator('body').press('Tab')
  await page.clock.fastForward(60_000)
  await expect(headline(page)).toHaveText(chosen)
  await expect(stageOf(page, words).getByRole('button', { name: words.home.stage_play })).toBeVisible()
})

test('the stage changes by itself, but not for visitors who prefer less motion', async ({ page, words }) => {
  await page.clock.install()
  await page.goto('/')
  const first = await headline(page).innerText()
  await page.clock.fastForward(11_000)
  await expect(headline(page)).not.toHaveText(first)

  await page.emulateMedia({ reducedMotion: 'reduce' })
  await page.reload()
  await expect(headline(page)).toHaveText(first)
  await page.clock.fastForward(60_000)
  await expect(headline(page)).toHaveText(first)
  await expect(stageOf(page, words).getByRole('button', { name: words.home.stage_play })).toBeVisible()
})

test('rows load as the visitor scrolls down, and nothing jumps', async ({ page, words }) => {
  await page.addInitScript(() => {
    const seen = { shift: 0 }
    Object.assign(window, { seen })
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & { value: number; hadRecentInput: boolean })[]) {
        if (!entry.hadRecentInput) seen.shift += entry.value
      }
    }).observe({ type: 'layout-shift', buffered: true })
  })
  // Rows that may be empty are loaded before the visitor comes near them.
  const known = [/titles:most-rented/, /\/collections/, /ends_within_days/].map((call) => page.waitForResponse(call))
  await page.goto('/')
  await Promise.all(known)
  await expect(page.getByRole('heading', { name: words.home.most_rented })).toBeHidden()
  await scrollTo(page, page.getByRole('heading', { name: words.home.by_country }))
  for (const heading of [words.home.popular, words.home.newest]) {
    await expect(page.getByRole('region', { name: heading }).getByRole('link').first()).toBeVisible()
  }
  const shift = await page.evaluate(() => (window as unknown as { seen: { shift: number } }).seen.shift)
  expect(shift).toBeLessThanOrEqual(0.02)
})

test('a row scrolls by its buttons and by the arrow keys @desktop', async ({ page, words }) => {
  await page.goto('/')
  const shelf = page.getByRole('region', { name: words.home.popular, exact: true })
  const forward = shelf.getByRole('button', {
    name: words.catalogue.row_forward.replace('{heading}', words.home.popular),
  })
  const films = shelf.getByRole('listitem').getByRole('link')
  await forward.click()
  await expect(films.first()).not.toBeInViewport()
  await films.nth(8).focus()
  await page.keyboard.press('ArrowRight')
  await expect(films.nth(9)).toBeFocused()
  await page.keyboard.press('ArrowLeft')
  await expect(films.nth(8)).toBeFocused()
})

/** Chooses a filter. The filters are beside the list, or behind a button on a phone. */
async function pick(page: Page, words: Words, value: RegExp): Promise<void> {
  // The gateway's page is there before the app runs.
  await page.getByRole('heading', { level: 1 }).waitFor()
  const opener = page.getByRole('button', { name: words.search.filters })
  const small = await opener.isVisible()
  if (small) await opener.click()
  await page.getByRole('checkbox', { name: value }).check()
  if (small)
    await page
      .getByRole('dialog')
      .getByRole('button', { name: like(words.search.show) })
      .click()
}

test('a filter is in the address and in a chip, and the chip removes it', async ({ page, words }) => {
  await page.goto('/search')
  const count = page.getByRole('status').filter({ hasText: /\d/ }).first()
  const all = await count.innerText()
  await pick(page, words, like(words.genre.horror))
  await expect(page).toHaveURL(/genre=Horror/)
  await expect(headline(page)).toHaveText(words.genre.horror)
  await expect(count).not.toHaveText(all)
  await page.reload()
  await page.getByRole('button', { name: words.search.remove_filter.replace('{name}', words.genre.horror) }).click()
  await expect(page).not.toHaveURL(/genre/)
  await expect(count).toHaveText(all)
})

test('a list is sorted another way, and the address says so', async ({ page, words }) => {
  await page.goto('/search')
  const films = page.getByRole('region', { name: words.search.results }).getByRole('listitem')
  await films.nth(1).waitFor()
  const order = page.getByLabel(words.search.sort).filter({ visible: true })
  const sorted = page.waitForResponse(/\/api\/v1\/titles\?.*sort=year/)
  await order.selectOption(words.search.sorts.year)
  await sorted
  await expect(page).toHaveURL(/sort=year/)
  const latestFirst = async () => {
    const years = (await films.allInnerTexts()).map((text) => Number(/\d{4}$/m.exec(text)?.[0]))
    return years.every((year, index) => index === 0 || year <= (years[index - 1] ?? 0))
  }
  await expect.poll(latestFirst).toBe(true)
  await page.reload()
  await expect(order).toHaveValue('year')
})

test('prices are a filter with counts', async ({ page, words }) => {
  await page.goto('/search')
  await pick(page, words, /R\$\s?10\D+20/)
  await expect(page).toHaveURL(/price=BRL/)
  await expect(page.getByRole('button', { name: like(words.search.remove_filter) })).toBeVisible()
  await expect(page.getByRole('region', { name: words.search.results }).getByRole('listitem').first()).toBeVisible()
})

test('a list keeps its scroll position while the visitor looks at a film', async ({ page, words }) => {
  await page.goto('/search')
  const films = page.getByRole('region', { name: words.search.results }).getByRole('listitem')
  await page.getByRole('button', { name: words.state.more }).click()
  await expect(films).toHaveCount(48)
  const film = films.nth(40).getByRole('link')
  await film.scrollIntoViewIfNeeded()
  const before = await page.evaluate(() => window.scrollY)
  await film.click()
  await expect(page).toHaveURL(/titles/)
  await headline(page).waitFor()
  await page.goBack()
  await expect(films).toHaveCount(48)
  await expect(film).toBeInViewport()
  await expect.poll(() => page.evaluate(() => window.scrollY)).toBeCloseTo(before, -1)
})

test('a search that finds nothing offers others, with their number of films', async ({ page, words }) => {
  await page.goto('/search?q=chaplin+xyzzyx&genre=Horror')
  await page.getByText(words.search.nothing, { exact: true }).waitFor()
  await page.getByRole('link', { name: words.search.only_word.replace('{word}', 'chaplin') }).click()
  await expect(page.getByRole('region', { name: words.search.results }).getByRole('link').first()).toBeVisible()
  await expect(headline(page)).toContainText('chaplin')
})

test('a person’s page has their films and the years of their work', async ({ page, words }) => {
  await page.goto('/search?q=murnau')
  await page.getByRole('region', { name: words.search.results }).getByRole('link').first().click()
  await page.getByRole('main').getByRole('link', { name: 'F. W. Murnau' }).first().click()
  await expect(headline(page)).toHaveText('F. W. Murnau')
  await expect(page.getByText(/192\d–19\d\d/)).toBeVisible()
  await expect(page.getByRole('region', { name: words.catalogue.directed }).getByRole('link').nth(1)).toBeVisible()
})

test('a film that a person directed and acts in is on their page once', async ({ page, words }) => {
  await page.goto('/search?q=m%C3%A9li%C3%A8s')
  await page.getByRole('region', { name: words.search.results }).getByRole('link').first().click()
  await page.getByRole('main').getByRole('link', { name: 'Georges Méliès' }).first().click()
  await expect(headline(page)).toHaveText('Georges Méliès')
  const both = page.getByRole('region', { name: words.catalogue.directed_and_acted })
  await expect(both.getByRole('link').first()).toBeVisible()
  const films = await page
    .getByRole('main')
    .locator('a[href*="/titles/"]')
    .evaluateAll((links) => links.map((link) => link.getAttribute('href')))
  expect(films.toSorted()).toEqual([...new Set(films)].toSorted())
})

test('genres, years and kinds are found by their usual names, and nonsense finds nothing', async ({ page, words }) => {
  const results = page.getByRole('region', { name: words.search.results })
  await page.goto('/search?q=nosferatu+1922')
  await expect(results.getByRole('listitem')).toHaveCount(1)
  await page.goto('/search?q=terror')
  await expect(results.getByRole('link').first()).toBeVisible()
  await page.goto('/search?kind=short')
  await expect(headline(page)).toHaveText(words.search.kind.short)
  await page.goto('/search?q=zzzz=')
  await expect(page.getByText(words.search.nothing, { exact: true })).toBeVisible()
})

for (const colorScheme of ['dark', 'light'] as const) {
  test(`axe finds nothing serious where films are found, in ${colorScheme}`, async ({ page, words }) => {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    const check = (state: string) => expectNoBarriers(page, state)
    await page.goto('/search?q=chaplin+xyzzyx&genre=Horror')
    await page.getByRole('link', { name: words.search.only_word.replace('{word}', 'chaplin') }).waitFor()
    await check('nothing found')
    await page.goto('/search')
    await page.getByRole('region', { name: words.search.results }).getByRole('link').first().waitFor()
    const opener = page.getByRole('button', { name: words.search.filters })
    if (await opener.isVisible()) {
      await opener.click()
      await page.getByRole('dialog').waitFor()
      await check('filters on a phone')
    }
  })
}
