// The customer's own things: the library by its clock, the watchlist, and everything that customers do with their account.
import { readFileSync } from 'node:fs'

import type { Page } from '@playwright/test'

import { expectNoBarriers } from './axe.ts'
import { expect, find, like, LOCALES, mailedLink, mailsTo, PASSWORD, rent, signUp, test, type Words } from './store.ts'

test.use({ lab: true })

/** Signs a new customer up, on their account's page. */
async function atAccount(page: Page, words: Words): Promise<string> {
  await page.goto('/account')
  await page.getByRole('tab', { name: words.account.sign_up_tab }).click()
  const email = await signUp(page, words)
  await page.getByRole('heading', { name: words.devices.heading }).waitFor()
  return email
}

test('a rental is in the library with its time, is started, and ends', async ({ page, words, tool }) => {
  await find(page, words, 'Nosferatu')
  await rent(page, words)
  await page.goto('/library')
  await expect(page.getByRole('heading', { name: words.library.shelf.rented })).toBeVisible()
  await expect(page.getByTestId('time-left')).toHaveText(like(words.library.to_start))
  await page.getByRole('link', { name: words.library.watch }).click()
  await page.getByRole('button', { name: words.watch.start }).click()
  const film = page.locator('video')
  await expect.poll(() => film.evaluate((video) => (video as HTMLVideoElement).currentTime)).toBeGreaterThan(2)
  await page.goto('/library')
  await expect(page.getByRole('heading', { name: words.library.shelf.continue })).toBeVisible()
  await expect(page.getByTestId('time-left')).toHaveText(like(words.library.to_finish))

  tool('lab', 'clock', '+49h')
  await expect(async () => {
    await page.reload()
    await expect(page.getByTestId('ended')).toContainText('(1)', { timeout: 1_000 })
  }).toPass()
  await expect(page.getByTestId('time-left')).toHaveCount(0)
  // When all rentals have ended they are not folded, and the page links to the shop.
  await expect(page.getByRole('heading', { name: words.library.all_ended })).toBeVisible()
  await expect(page.getByTestId('ended').getByRole('link', { name: 'Nosferatu' })).toBeVisible()
  tool('lab', 'clock', '-49h')
})

test('a customer is reminded by mail before a rental ends, once, and turns reminders off by its link', async ({
  page,
  words,
  tool,
  folder,
}) => {
  await find(page, words, 'Limite')
  await page.getByRole('link', { name: like(words.rent.rent_for) }).click()
  const email = await signUp(page, words)
  await page
    .locator('main')
    .getByRole('button', { name: like(words.rent.rent_for) })
    .click()
  await page.getByTestId('order-done').waitFor()
  const letters = () => mailsTo(folder, email).filter((mail) => mail.includes('/library'))
  tool('lab', 'clock', '+650h')
  await expect.poll(() => letters().length).toBe(1)
  expect(letters()[0]).toContain('Limite')
  await page.goto(await mailedLink(folder, email, '/account/reminders'))
  await expectNoBarriers(page, 'turning reminders off')
  await page.getByRole('button', { name: words.account.turn_reminders_off }).click()
  await expect(page.getByText(words.account.reminders_are_off)).toBeVisible()
  await page.goto('/account')
  await expect(page.getByLabel(words.account.reminders)).not.toBeChecked()
  tool('lab', 'clock', '-650h')
})

test('the watchlist keeps films until they are taken off', async ({ page, words }) => {
  await atAccount(page, words)
  await page.goto('/watchlist')
  await expect(page.getByRole('heading', { name: words.watchlist.empty })).toBeVisible()
  await find(page, words, 'Häxan')
  // The button changes at once; the film is on the list when the store has answered.
  const kept = page.waitForResponse((one) => one.url().includes('/watchlist/') && one.request().method() === 'PUT')
  await page.getByRole('button', { name: words.watchlist.button }).click()
  await expect(page.getByRole('button', { name: words.watchlist.button })).toHaveAttribute('aria-pressed', 'true')
  await kept
  await page.goto('/watchlist')
  const film = page.getByRole('link', { name: /Häxan/ })
  await expect(film).toBeVisible()
  await page.getByRole('button', { name: `${words.watchlist.button}: Häxan` }).click()
  await expect(film).toBeHidden()
})

test('name, language and reminders are changed and stay', async ({ page, words }) => {
  await atAccount(page, words)
  const name = page.getByLabel(words.account.name, { exact: true })
  await name.fill(' ')
  await page.getByRole('button', { name: words.account.save }).click()
  await expect(name).toBeFocused()
  await expect(name).toHaveAccessibleDescription(words.form.required)
  await name.fill('Ana Maria')
  await page.getByRole('button', { name: words.account.save }).click()
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Ana Maria')
  const reminders = page.getByLabel(words.account.reminders)
  // The box changes at once; the setting is saved when the store has answered.
  const unasked = page.waitForResponse(/account\/settings/)
  await reminders.uncheck()
  await unasked
  await page.reload()
  await expect(reminders).not.toBeChecked()
  await expect(name).toHaveValue('Ana Maria')
  const spoken = await page.locator('html').getAttribute('lang')
  const other = LOCALES.find((locale) => locale !== spoken) ?? ''
  const kept = page.waitForResponse(/account\/settings/)
  await page.getByRole('main').getByRole('combobox', { name: words.account.language }).selectOption(other)
  expect(await (await kept).json()).toMatchObject({ language: other })
  await expect(page.locator('html')).toHaveAttribute('lang', other)
})

test('an address is changed by its mail, and the old one gets a notice', async ({ page, words, folder }) => {
  const email = await atAccount(page, words)
  const another = email.replace('ana', 'maria')
  await page.getByText(words.account.change_email, { exact: true }).first().click()
  await page.getByLabel(words.account.new_email).fill(another)
  await page.getByLabel(words.account.current_password).first().fill('not the password')
  await page.getByRole('button', { name: words.account.change_email }).click()
  const present = page.getByLabel(words.account.current_password).first()
  await expect(present).toHaveAccessibleDescription(words.problem.WRONG_PASSWORD)
  await expect(present).toBeFocused()
  await present.fill(PASSWORD)
  await page.getByRole('button', { name: words.account.change_email }).click()
  await expect(page.getByRole('status').filter({ hasText: another })).toBeVisible()
  await page.goto(await mailedLink(folder, another, '/account/email'))
  await expect(page.getByText(words.account.email_changed)).toBeVisible()
  // Every session has ended: the customer signs in with the new address.
  const entered = await page.request.post('/api/v1/session', { data: { email: another, password: PASSWORD } })
  expect(entered.status()).toBe(201)
  await page.goto('/account')
  await expect(page.getByText(another)).toBeVisible()
  await expect.poll(() => mailsTo(folder, email).length).toBeGreaterThan(1)

  // The owner of the old mailbox restores the address, and chooses another password.
  await page.goto(await mailedLink(folder, email, '/account/revert'))
  await page.getByRole('button', { name: words.account.keep_address }).click()
  await expect(page.getByText(words.account.address_kept)).toBeVisible()
  await page.getByLabel(words.account.new_password).fill('another lamp amber 1931')
  await page.getByRole('button', { name: words.account.set_password }).click()
  await expect(page.getByText(words.account.password_set)).toBeVisible()
  const refused = await page.request.post('/api/v1/session', { data: { email: another, password: PASSWORD } })
  expect(refused.status()).toBe(401)
})

test('another device is signed out, by itself and by a new password', async ({ page, browser, words, store }) => {
  const email = await atAccount(page, words)
  const elsewhere = await browser.newContext({ baseURL: store, locale: 'en-US' })
  const second = await elsewhere.newPage()
  const signIn = async () => {
    const answer = await second.request.post('/api/v1/session', { data: { email, password: PASSWORD } })
    expect(answer.status()).toBe(201)
  }
  const isIn = async () => (await second.request.get('/api/v1/account')).status() === 200
  await signIn()
  await page.reload()
  const devices = page.getByTestId('devices').getByRole('listitem')
  await expect(devices).toHaveCount(2)
  await expect(devices.filter({ hasText: words.devices.here })).toHaveCount(1)
  await devices.getByRole('button', { name: words.devices.sign_out }).click()
  await expect(devices).toHaveCount(1)
  expect(await isIn()).toBe(false)

  await signIn()
  await page.getByText(words.account.change_password, { exact: true }).first().click()
  const form = page.locator('form').filter({ has: page.getByLabel(words.account.new_password) })
  await form.getByLabel(words.account.current_password).fill(PASSWORD)
  await form.getByLabel(words.account.new_password).fill('another violet umbrella 1922')
  await form.getByRole('button', { name: words.account.change_password }).click()
  await expect(page.getByText(words.account.password_changed)).toBeVisible()
  expect(await isIn()).toBe(false)
  await page.reload()
  await expect(page.getByRole('heading', { name: words.devices.heading })).toBeVisible()
  await elsewhere.close()
})

test('customers download their data and delete the account', async ({ page, words }) => {
  await find(page, words, 'Häxan')
  await rent(page, words)
  await page.goto('/account')
  const downloading = page.waitForEvent('download')
  await page.getByRole('link', { name: words.data.export }).click()
  const file = JSON.parse(readFileSync(await (await downloading).path(), 'utf8'))
  expect(file.orders).toHaveLength(1)
  expect(file.entitlements).toHaveLength(1)
  expect(file.customer.name).toBe('Ana Souza')

  await page.getByRole('button', { name: words.data.delete, exact: true }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog).toContainText(words.data.delete_parts.orders)
  await dialog.getByLabel(words.account.current_password).fill('wrong')
  await dialog.getByRole('button', { name: words.data.delete_now }).click()
  await expect(dialog).toContainText(words.problem.WRONG_PASSWORD)
  await dialog.getByLabel(words.account.current_password).fill(PASSWORD)
  await dialog.getByRole('button', { name: words.data.delete_now }).click()
  await expect(page).toHaveURL(/\/$/)
  await page.goto('/library')
  await expect(page).toHaveURL(/\/account\?next=/)
})

for (const colorScheme of ['dark', 'light'] as const) {
  test(`axe finds nothing serious on the pages of an account in ${colorScheme}`, async ({ page, words }) => {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    const look = async (name: string) => {
      await expectNoBarriers(page, name)
      expect
        .soft(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), name)
        .toBeLessThanOrEqual(0)
    }
    await find(page, words, 'Nosferatu')
    await page.getByRole('link', { name: like(words.rent.rent_for) }).click()
    await signUp(page, words)
    await page.getByRole('radio', { name: words.checkout.pix }).check()
    await look('checkout by Pix')
    await page
      .locator('main')
      .getByRole('button', { name: like(words.rent.rent_for) })
      .click()
    await page.getByRole('img', { name: words.pix.qr }).waitFor()
    await look('Pix')
    await page.getByRole('button', { name: words.pix.give_up }).click()
    await page.getByTestId('order-ended').waitFor()
    await look('order given up')
    await page.goto('/account/orders')
    await page.locator('main a[href^="/orders/"]').click()
    await page.getByTestId('receipt').waitFor()
    await look('order')
    await page.goto('/library')
    await page.getByRole('heading', { name: words.library.empty }).waitFor()
    await look('empty library')
    await page.goto('/watchlist')
    await page.getByRole('heading', { name: words.watchlist.empty }).waitFor()
    await look('empty watchlist')
    await find(page, words, 'Häxan')
    const kept = page.waitForResponse((one) => one.url().includes('/watchlist/') && one.request().method() === 'PUT')
    await page.getByRole('button', { name: words.watchlist.button }).click()
    await kept
    await page.goto('/watchlist')
    await page.getByRole('link', { name: /Häxan/ }).waitFor()
    await look('watchlist')
    for (const link of ['/account/verify', '/account/email']) {
      await page.goto(`${link}?token=used`)
      await page.getByRole('alert').waitFor()
      await look(`${link} with a link that has ended`)
    }
    await page.goto('/account/revert?token=used')
    await page.getByRole('button', { name: words.account.keep_address }).waitFor()
    await look('an address that may be kept')
    await page.goto('/account')
    await page.getByTestId('devices').waitFor()
    for (const summary of await page.locator('main summary').all()) await summary.click()
    await look('account')
    await page.getByLabel(words.account.new_email).fill('nobody')
    await page.getByRole('button', { name: words.account.change_email }).click()
    await expect(page.getByLabel(words.account.new_email)).toBeFocused()
    await look('account with a slip in a form')
    await page.getByRole('button', { name: words.data.delete, exact: true }).click()
    await page.getByRole('dialog').waitFor()
    await look('leaving')
    await page.goto('/account/reset?token=used')
    await page.getByLabel(words.account.new_password).fill(PASSWORD)
    await page.getByRole('button', { name: words.account.set_password }).click()
    await page.getByRole('alert').waitFor()
    await look('a new password with a link that has ended')
    await page.getByRole('link', { name: words.account.new_link }).click()
    await expect(page.getByRole('heading', { level: 1, name: words.account.forgot })).toBeVisible()
  })
}
