// A guest who has to sign in comes back to the page, and what they had begun is done.
import type { Page } from '@playwright/test'

import { expectNoBarriers } from './axe.ts'
import { expect, find, PASSWORD, signUp, test, type Words } from './store.ts'

async function openAccount(page: Page, words: Words): Promise<string> {
  await page.getByRole('tab', { name: words.account.sign_up_tab }).click()
  return signUp(page, words)
}

async function signIn(page: Page, words: Words, email: string): Promise<void> {
  await page.getByLabel(words.account.email, { exact: true }).fill(email)
  await page.getByLabel(words.account.password, { exact: true }).fill(PASSWORD)
  await page.locator('form').getByRole('button', { name: words.account.sign_in }).click()
}

const entrance = (page: Page, words: Words) => page.getByRole('banner').getByRole('link', { name: words.shell.sign_in })

test('the header’s link to sign in leads back to the page that it was on', async ({ page, words, context }) => {
  await page.goto('/search?genre=Drama')
  await page.getByRole('heading', { level: 1 }).waitFor()
  await entrance(page, words).click()
  await expect(page.getByText(words.account.sign_in_first)).toBeHidden()
  const email = await openAccount(page, words)
  await expect(page).toHaveURL(/\/search\?genre=Drama$/)
  await expect(page.getByRole('banner').getByRole('link', { name: words.shell.account })).toBeVisible()

  await context.clearCookies()
  await page.evaluate(() => localStorage.clear())
  await find(page, words, 'Limite')
  const film = page.url()
  await entrance(page, words).click()
  await signIn(page, words, email)
  await expect(page).toHaveURL(film)
})

test('a film that a guest puts on the watchlist is on it once they have signed in', async ({ page, words }) => {
  await find(page, words, 'Häxan')
  const film = page.url()
  const button = page.getByRole('button', { name: words.watchlist.button })
  await button.click()
  await expect(page.getByText(words.account.sign_in_first)).toBeVisible()
  // A reload on the way loses nothing.
  await page.reload()
  await openAccount(page, words)
  await expect(page).toHaveURL(film)
  await expect(button).toHaveAttribute('aria-pressed', 'true')
  await page.goto('/watchlist')
  await expect(page.getByRole('link', { name: /Häxan/ })).toBeVisible()
  // The wish was used once: a film that is taken off the list stays off.
  await page.getByRole('button', { name: words.watchlist.button }).click()
  await expect(page.getByRole('heading', { name: words.watchlist.empty })).toBeVisible()
  await page.goto(film)
  await expect(button).toHaveAttribute('aria-pressed', 'false')
})

test('a customer whose session was ended elsewhere is asked to sign in, and comes back', async ({
  page,
  words,
  context,
}) => {
  await page.goto('/account')
  const email = await openAccount(page, words)
  await page.getByTestId('devices').waitFor()
  await context.clearCookies()
  await page.getByRole('banner').getByRole('link', { name: words.shell.library }).click()
  await signIn(page, words, email)
  await expect(page).toHaveURL(/\/library$/)
  await expect(page.getByRole('heading', { level: 1, name: words.library.heading })).toBeVisible()
})

test('the form for a new account shows the terms, and the password on request', async ({ page, words }) => {
  await page.goto('/account')
  await page.getByRole('tab', { name: words.account.sign_up_tab }).click()
  const form = page.locator('form').filter({ has: page.getByRole('button', { name: words.account.sign_up }) })
  for (const [name, href] of [
    [words.account.agree_terms, '/terms'],
    [words.account.agree_privacy, '/privacy'],
  ] as const)
    await expect(form.getByRole('link', { name })).toHaveAttribute('href', href)
  const password = form.getByLabel(words.account.password, { exact: true })
  await password.fill(PASSWORD)
  await expect(password).toHaveAttribute('type', 'password')
  await form.getByRole('button', { name: words.form.show_password }).click()
  await expect(password).toHaveAttribute('type', 'text')
  await expect(password).toHaveValue(PASSWORD)
  await expectNoBarriers(page, 'sign-up')
  await form.getByRole('button', { name: words.form.hide_password }).click()
  await expect(password).toHaveAttribute('type', 'password')
})

test('the header leads to the films, the collections and the genres', async ({ page, words }) => {
  for (const [name, heading, path] of [
    [words.shell.films, words.search.all_films, '/search'],
    [words.shell.collections, words.collections.heading, '/collections'],
    [words.shell.genres, words.genres.heading, '/genres'],
  ] as const) {
    await page.goto('/')
    const link = page.getByRole('banner').getByRole('link', { name, exact: true })
    await expect(link).toBeInViewport()
    await link.click()
    await expect(page).toHaveURL(path)
    await expect(page.getByRole('heading', { level: 1, name: heading })).toBeVisible()
  }
  await expectNoBarriers(page, 'genres')
  await page
    .getByRole('navigation', { name: words.home.by_genre })
    .getByRole('link', { name: words.genre.horror })
    .click()
  await expect(page).toHaveURL(/genre=Horror/)
})
