// What holds on every page: the focus, a network that is down, the installed app, the store's own texts, an unknown address.
import type pageTexts from '../../languages/en/web/page.json'
import { expect, find, speakAnother, test, textsIn } from './store.ts'

test('after a navigation the focus is at the start of the page, and its title is announced', async ({
  page,
  words,
}) => {
  await find(page, words, 'Limite')
  await page.getByRole('contentinfo').getByRole('link', { name: words.shell.privacy }).click()
  await expect(page.getByRole('heading', { level: 1, name: words.shell.privacy })).toBeVisible()
  await expect(page.getByRole('main')).toBeFocused()
  await expect(page.getByRole('status').filter({ hasText: words.shell.privacy })).toBeAttached()
})

test('the store’s own texts are there in the reader’s language, with blanks for the operator', async ({
  page,
  words,
}) => {
  for (const [path, name] of [
    ['/terms', words.shell.terms],
    ['/privacy', words.shell.privacy],
  ] as const) {
    await page.goto(path)
    await expect(page.getByRole('heading', { level: 1, name })).toBeVisible()
    await expect(page.locator('mark').first()).toBeVisible()
  }
  const heading = await page.getByRole('heading', { level: 1 }).textContent()
  await speakAnother(page, words)
  await expect(page.getByRole('heading', { level: 1 })).not.toHaveText(heading ?? '')
})

test('an unknown address has a page with links', async ({ page, words }) => {
  const unknown = '0190a0a0-0000-7000-8000-000000000000'
  for (const path of ['/nope', '/titles', `/titles/${unknown}`, '/titles/nope', `/people/${unknown}`, '/people/x']) {
    const response = await page.goto(path)
    expect(response?.status(), path).toBe(404)
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  }
  for (const path of [`/collections/${unknown}`, '/collections/x', '/library/x', '/account/nope'])
    expect((await page.request.get(path)).status(), path).toBe(404)
  for (const path of ['/genres', '/library', '/account/', '/checkout?title=1', '/orders/1', '/watch/1', '/terms'])
    expect((await page.request.get(path)).status(), path).toBe(200)
  await page.goto('/no/such/page')
  await expect(page.getByRole('heading', { level: 1, name: words.state.missing })).toBeVisible()
  await page.getByRole('main').getByRole('link', { name: words.state.to_films }).click()
  await expect(page).toHaveURL(/\/search/)
})

test('a network that is down is announced, on the page and in place of its parts, which load when it is back', async ({
  page,
  context,
  words,
  locale,
}) => {
  await page.goto('/')
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.evaluate(() => navigator.serviceWorker.ready)
  await context.setOffline(true)
  await expect(page.getByText(words.state.offline_notice)).toBeVisible()
  await context.setOffline(false)
  await expect(page.getByText(words.state.offline_notice)).toBeHidden()

  await context.setOffline(true)
  await page.reload()
  const { offline } = textsIn<typeof pageTexts>('page', locale)
  await expect(page.getByRole('heading', { level: 1, name: offline.heading })).toBeVisible()
  await context.setOffline(false)
  await expect(page.getByRole('combobox', { name: words.search.label })).toBeVisible()
})

test('an answer that takes long is announced, and its place is kept until it arrives', async ({ page, words }) => {
  const answered = new EventTarget()
  const asked = new Promise((resolve) => answered.addEventListener('answer', resolve))
  await page.route('**/api/v1/words/**', async (route) => {
    await asked
    await route.continue()
  })
  await page.goto('/terms')
  await expect(page.locator('.skeleton').first()).toBeVisible()
  // The notice must move nothing, because it disappears just as the visitor clicks what has arrived.
  const place = await page.getByRole('main').boundingBox()
  await expect(page.getByText(words.state.slow_notice)).toBeVisible()
  expect(await page.getByRole('main').boundingBox()).toEqual(place)
  answered.dispatchEvent(new Event('answer'))
  await expect(page.getByRole('heading', { level: 1, name: words.shell.terms })).toBeVisible()
  await expect(page.getByText(words.state.slow_notice)).toBeHidden()
})

test('a part that failed to load can be loaded again', async ({ page, words }) => {
  await page.route('**/api/v1/words/**', (route) => route.fulfill({ status: 500, body: '' }))
  await page.goto('/terms')
  await expect(page.getByRole('alert')).toContainText(words.state.failed)
  await page.unroute('**/api/v1/words/**')
  await page.getByRole('button', { name: words.state.retry }).click()
  await expect(page.getByRole('heading', { level: 1, name: words.shell.terms })).toBeVisible()
})

test('the store can be installed: it has a name, icons for every system, and shortcuts @desktop', async ({ page }) => {
  await page.goto('/')
  const address = await page.locator('link[rel=manifest]').getAttribute('href')
  const manifest = (await (await page.request.get(address ?? '')).json()) as {
    display: string
    icons: { src: string; sizes: string; type: string; purpose?: string }[]
    shortcuts: { url: string }[]
  }
  expect(manifest.display).toBe('standalone')
  expect(manifest.icons.map(({ sizes }) => sizes)).toEqual(expect.arrayContaining(['192x192', '512x512']))
  expect(manifest.icons.some(({ purpose }) => purpose === 'maskable')).toBe(true)
  for (const { src, type } of manifest.icons) {
    const icon = await page.request.get(src)
    expect(icon.headers()['content-type'], src).toBe(type)
  }
  for (const { url } of manifest.shortcuts) expect((await page.request.get(url)).status(), url).toBe(200)
})

test('a chosen theme stays, without a flash of the other', async ({ page, words }) => {
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.goto('/')
  await page.getByRole('button', { name: words.shell.light }).click()
  const isLight = () => page.evaluate(() => getComputedStyle(document.documentElement).colorScheme)
  expect(await isLight()).toBe('light')
  await page.reload({ waitUntil: 'commit' })
  await expect.poll(isLight).toBe('light')
  await expect(page.getByRole('button', { name: words.shell.dark })).toBeVisible()
  await expect(page.locator('meta[name=theme-color]')).toHaveAttribute('content', 'rgb(247, 243, 236)')
})
