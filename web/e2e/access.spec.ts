// Accessibility: axe finds nothing serious on any page, the keyboard alone is enough, and no page is wider than a small
// phone.
import type { Page } from '@playwright/test'

import { expectNoBarriers } from './axe.ts'
import { expect, find, like, playing, rent, signUp, test, type Words } from './store.ts'

type Look = (name: string) => Promise<void>

async function pagesOfGuests(page: Page, words: Words, look: Look): Promise<void> {
  await page.goto('/')
  await page.getByRole('heading', { level: 1 }).waitFor()
  await look('home')
  await page.goto('/search?q=chaplin')
  await page.getByRole('article').or(page.getByRole('listitem')).first().waitFor()
  await look('search')
  await page.goto('/search?q=xyzzy')
  await page.getByText(words.search.nothing).waitFor()
  await look('search without results')
  await page.goto('/nowhere')
  await page.getByText(words.state.missing, { exact: true }).waitFor()
  await look('nowhere')
  await page.goto('/genres')
  await page.getByRole('navigation', { name: words.home.by_genre }).waitFor()
  await look('genres')
  await page.goto('/privacy')
  await page.getByRole('heading', { level: 1, name: words.shell.privacy }).waitFor()
  await look('privacy')
  await page.goto('/account')
  await page.getByRole('tab').first().waitFor()
  await look('entrance')
  await page.goto('/account/forgot')
  await page.getByRole('button', { name: words.account.send_link }).waitFor()
  await look('forgotten password')
}

async function pagesToOnesOwnFilm(page: Page, words: Words, look: Look): Promise<void> {
  await find(page, words, 'Nosferatu')
  await look('title')
  await page.getByRole('link', { name: 'F. W. Murnau' }).first().click()
  await page.getByRole('heading', { level: 1, name: 'F. W. Murnau' }).waitFor()
  await look('person')
  await page.goBack()
  await page.getByRole('link', { name: like(words.rent.rent_for) }).click()
  await page.getByRole('button', { name: words.account.sign_up }).waitFor()
  await look('checkout for guests')
  await signUp(page, words)
  await page.getByRole('button', { name: like(words.rent.rent_for) }).waitFor()
  await look('checkout')
  await page.getByRole('button', { name: like(words.rent.rent_for) }).click()
  await page.getByTestId('order-done').waitFor()
  await look('receipt')
  await page.goto('/account')
  await page.getByRole('heading', { name: words.orders.heading }).waitFor()
  await look('account')
}

async function pagesOfThePlayer(page: Page, words: Words, look: Look): Promise<void> {
  await find(page, words, 'Limite')
  await rent(page, words)
  await page.goto('/library')
  await page.getByTestId('time-left').waitFor()
  await look('library')
  await page.getByRole('link', { name: words.library.watch }).click()
  await page.getByRole('dialog').waitFor()
  await look('confirmation')
  await page.getByRole('button', { name: words.watch.start }).click()
  const film = await playing(page)
  await look('player')
  await film.hover()
  await page.getByRole('button', { name: words.player.settings }).click()
  await look('player’s settings')
  await page.keyboard.press('Escape')
  await page.keyboard.press('?')
  await look('player’s keys')
  await page.keyboard.press('Escape')
  await page.keyboard.press('9')
  await page.keyboard.press('l')
  await page.getByRole('heading', { name: words.player.end }).waitFor()
  await look('end of the film')
}

const PARTS = {
  'page of guests': pagesOfGuests,
  'page on the way to one’s own film': pagesToOnesOwnFilm,
  'page of the player': pagesOfThePlayer,
}

for (const colorScheme of ['dark', 'light'] as const) {
  // In several tests, because axe takes long on each page.
  for (const [name, pages] of Object.entries(PARTS)) {
    test(`axe finds nothing serious on any ${name} in ${colorScheme}`, async ({ page, words }) => {
      // With motion, axe would check a page that is still fading in.
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await pages(page, words, (state) => expectNoBarriers(page, state))
    })
  }
}

test('no page is wider than a small phone @phone', async ({ page, words }) => {
  for (const [part, pages] of Object.entries(PARTS)) {
    // Each page is visited by a new guest.
    await page.context().clearCookies()
    await pages(page, words, async (name) => {
      const wide = await page.evaluate(() => document.documentElement.scrollWidth)
      expect.soft(wide, `${part}: ${name}`).toBeLessThanOrEqual(360)
    })
  }
})

test('the keyboard alone gets from the first page to the film @desktop', async ({ page, words }) => {
  await page.goto('/')
  await page.getByRole('heading', { level: 1 }).waitFor()
  await tabTo(page, words.search.label)
  await page.keyboard.type('nosferatu')
  await page.getByRole('option', { name: 'Nosferatu' }).waitFor()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 1, name: 'Nosferatu' }).waitFor()
  await tabTo(page, like(words.rent.rent_for))
  await page.keyboard.press('Enter')
  await tabTo(page, words.account.name)
  await page.keyboard.type('Ana Souza')
  await page.keyboard.press('Tab')
  await page.keyboard.type(`keys${process.pid}@example.com`)
  await page.keyboard.press('Tab')
  await page.keyboard.type('violet harbour umbrella 1922')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: like(words.rent.rent_for) }).waitFor()
  await tabTo(page, like(words.rent.rent_for))
  await page.keyboard.press('Enter')
  await page.getByTestId('order-done').waitFor()
  await tabTo(page, words.library.watch)
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').waitFor()
  await tabTo(page, words.watch.start)
  await page.keyboard.press('Enter')
  const video = page.locator('video')
  await expect.poll(() => video.evaluate((film) => (film as HTMLVideoElement).currentTime)).toBeGreaterThan(0)
})

/** Presses Tab until the element with this name has the focus, up to a limit. */
async function tabTo(page: Page, name: string | RegExp): Promise<void> {
  const MOST = 80
  for (let pressed = 0; pressed < MOST; pressed += 1) {
    await page.keyboard.press('Tab')
    const focused = await page.evaluate(() => {
      const element = document.activeElement
      const label = element?.id ? document.querySelector(`label[for="${CSS.escape(element.id)}"]`)?.textContent : ''
      return [element?.getAttribute('aria-label'), label, element?.textContent].map((text) => text?.trim() ?? '')
    })
    if (focused.some((text) => (typeof name === 'string' ? text === name : name.test(text)))) return
  }
  throw new Error(`the focus does not come to ${String(name)}`)
}

test('a rented film is not offered again', async ({ page, words }) => {
  await find(page, words, 'Häxan')
  await rent(page, words)
  await find(page, words, 'Häxan')
  await expect(page.getByRole('link', { name: like(words.rent.rent_for) })).toBeHidden()
})
