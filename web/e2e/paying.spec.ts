// Paying: every answer is in plain words, and whatever happens on the way, there is one charge and one film or neither.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

import type { Page } from '@playwright/test'

import { expect, find, like, mailsTo, rent, signUp, test, type Words } from './store.ts'

const ORDERS = '**/api/v1/orders'

/** Opens the checkout of a film for a signed-in customer. */
async function atCheckout(page: Page, words: Words, film: string) {
  await find(page, words, film)
  await page.getByRole('link', { name: like(words.rent.rent_for) }).click()
  const email = await signUp(page, words)
  const pay = page.locator('main').getByRole('button', { name: like(words.rent.rent_for) })
  await pay.waitFor()
  return { email, pay }
}

/** The same checkout in another window, which receives no events until it pays itself. */
async function inTheDark(page: Page, words: Words) {
  const other = await page.context().newPage()
  await other.goto(page.url())
  const button = other.locator('main').getByRole('button', { name: like(words.rent.rent_for) })
  await button.waitFor()
  const news = /\/api\/v1\/(events|orders|titles)\b/
  await other.route(news, (route) => (route.request().method() === 'GET' ? route.abort() : route.continue()))
  return {
    page: other,
    async pay() {
      const refused = other.waitForResponse((response) => response.status() === 409)
      await button.click()
      await refused
      await other.unroute(news)
    },
  }
}

/** The sandbox’s charges for one order that took money, as lines of its list. */
function charged(folder: string, order: string): string[] {
  const args = ['sandbox', 'charges', '--data-dir', join(folder, 'data')]
  const lines = execFileSync(process.env.DVS_BIN ?? '', args, { encoding: 'utf8' })
  return lines.split('\n').filter((line) => line.includes(order) && line.includes('"charged"'))
}

const orderOf = (page: Page) => new URL(page.url()).searchParams.get('order') ?? ''

test('a Pix is shown with its code and its time, and the page changes when it is paid elsewhere', async ({
  page,
  words,
  tool,
  folder,
}) => {
  const { pay } = await atCheckout(page, words, 'Nosferatu')
  await page.getByRole('radio', { name: words.checkout.pix }).check()
  await pay.click()
  const pix = page.getByTestId('pix')
  await expect(pix.getByRole('img', { name: words.pix.qr })).toBeVisible()
  await expect(pix.getByLabel(words.pix.code)).toHaveValue(/^000201.*6304[0-9A-F]{4}$/)
  await expect(page.getByTestId('pix-left')).toHaveText(/1[45] min|15/)
  const order = orderOf(page)

  // A reload, and going back and forth, show the same code.
  const code = await pix.getByLabel(words.pix.code).inputValue()
  await page.reload()
  await expect(pix.getByLabel(words.pix.code)).toHaveValue(code)
  await page.goBack()
  await page.goForward()
  await expect(pix.getByLabel(words.pix.code)).toHaveValue(code)

  tool('sandbox', 'pay', order)
  await expect(page.getByTestId('order-done')).toContainText(words.checkout.rented, { timeout: 3_000 })
  expect(charged(folder, order)).toHaveLength(1)
})

test('a new customer pays a Pix with the button of the sandbox', async ({ page, words, folder }) => {
  const { email, pay } = await atCheckout(page, words, 'Limite')
  await page.getByRole('radio', { name: words.checkout.pix }).check()
  await pay.click()
  await page.getByRole('button', { name: words.pix.sandbox_pay }).dblclick()
  await expect(page.getByTestId('order-done')).toBeVisible()
  expect(charged(folder, orderOf(page))).toHaveLength(1)

  await page.getByRole('link', { name: words.orders.see_receipt }).click()
  await expect(page.getByRole('heading', { level: 1, name: words.receipt.heading })).toBeVisible()
  await expect(page.getByTestId('receipt')).toContainText(words.receipt.methods.pix)
  await expect.poll(() => mailsTo(folder, email).some((mail) => mail.includes('/orders/'))).toBe(true)
})

test('a customer who gives a Pix up pays by card', async ({ page, words, folder }) => {
  const { pay } = await atCheckout(page, words, 'Nosferatu')
  const other = await inTheDark(page, words)
  await page.getByRole('radio', { name: words.checkout.pix }).check()
  await pay.click()
  await page.getByTestId('pix').waitFor()
  const first = orderOf(page)

  // In another window that order reserves the film, and the page links to it.
  await other.pay()
  await expect(other.page.getByRole('alert')).toContainText(words.checkout.other_order)
  await other.page.getByRole('link', { name: words.checkout.to_order }).click()
  await expect(other.page.getByTestId('pix')).toBeVisible()
  await other.page.close()

  await page.getByRole('button', { name: words.pix.give_up }).click()
  await expect(page.getByTestId('order-ended')).toContainText(words.orders.ended.cancelled)
  await page.getByRole('button', { name: words.orders.again }).click()
  await pay.click()
  await expect(page.getByTestId('order-done')).toBeVisible()
  expect(charged(folder, first)).toHaveLength(0)
})

test('every page of a film whose Pix waits says so, and the Pix names its film', async ({ page, words, tool }) => {
  const { pay } = await atCheckout(page, words, 'Nosferatu')
  const checkout = page.url()
  await page.getByRole('radio', { name: words.checkout.pix }).check()
  await pay.click()
  await expect(page.getByTestId('pix')).toContainText('Nosferatu')
  const order = orderOf(page)

  await page.goto(checkout)
  const waiting = page.getByTestId('pending-order')
  await expect(waiting).toContainText(/14[.,]90/)
  await expect(pay).toBeHidden()

  await find(page, words, 'Nosferatu')
  await expect(waiting).toBeVisible()
  await expect(page.locator('main').getByRole('link', { name: like(words.rent.rent_for) })).toHaveCount(0)
  await expect(page.locator('main').getByRole('link', { name: like(words.rent.buy_for) })).toBeVisible()
  await waiting.getByRole('link', { name: words.orders.to_pix }).click()
  await expect(page.getByTestId('pix')).toContainText('Nosferatu')

  await page.goBack()
  tool('sandbox', 'pay', order)
  await expect(page.getByRole('link', { name: words.library.watch })).toBeVisible()
  await expect(waiting).toHaveCount(0)
})

test('of two windows that pay for one film, the slower one links to the film too', async ({ page, words }) => {
  const { pay } = await atCheckout(page, words, 'Limite')
  const other = await inTheDark(page, words)
  await pay.click()
  await page.getByTestId('order-done').waitFor()
  await other.pay()
  await expect(other.page.getByRole('heading', { name: words.checkout.held })).toBeVisible()
  await other.page.getByRole('link', { name: words.library.watch }).click()
  await expect(other.page).toHaveURL(/\/watch\//)
})

test('a declined payment is not listed as an order, and has no receipt', async ({ page, words }) => {
  const { pay } = await atCheckout(page, words, 'Limite')
  await page.getByRole('radio', { name: words.checkout.cards.tok_declined }).check()
  await pay.click()
  await expect(page.getByRole('alert')).toContainText(words.checkout.declined)
  await page.goto('/account')
  await expect(page.getByText(words.orders.none)).toBeVisible()
  await page.getByRole('link', { name: words.orders.all }).click()
  await expect(page.getByText(words.orders.none)).toBeVisible()
  const attempts = page.getByTestId('declined')
  await attempts.locator('summary').click()
  await attempts.getByRole('link', { name: 'Limite' }).click()
  await expect(page.getByTestId('order-ended')).toContainText(words.checkout.declined)
  await expect(page.getByRole('heading', { name: words.receipt.heading, exact: true })).toHaveCount(0)
})

test('each answer of the provider says what happened, what it means for the money, and what to do', async ({
  page,
  words,
}) => {
  const { pay } = await atCheckout(page, words, 'Häxan')
  const { cards, decline } = words.checkout
  for (const [card, text] of [
    [cards.tok_declined, decline.declined],
    [cards.tok_insufficient_funds, decline.insufficient_funds],
  ] as const) {
    await page.getByRole('radio', { name: card }).check()
    await pay.click()
    await expect(page.getByRole('alert')).toContainText(text)
  }
  await page.getByRole('radio', { name: cards.tok_timeout }).check()
  await pay.click()
  await expect(page.getByText(words.checkout.waiting)).toBeVisible()
  await expect(page.getByTestId('order-done')).toBeVisible({ timeout: 15_000 })
})

test('a decline is shown even if the list of orders was loaded while the order was pending', async ({
  page,
  words,
}) => {
  const { pay } = await atCheckout(page, words, 'Häxan')
  let told = 0
  await page.route(/\/api\/v1\/orders\?/, async (route) => {
    const response = await route.fetch()
    const list = (await response.json()) as { orders: { state: string }[] }
    for (const order of list.orders) order.state = 'pending'
    await route.fulfill({ response, json: list })
    told += list.orders.length
  })
  await page.getByRole('radio', { name: words.checkout.cards.tok_declined }).check()
  await pay.click()
  await expect.poll(() => told).toBeGreaterThan(0)
  await expect(page.getByRole('alert')).toContainText(words.checkout.decline.declined)
  await expect(pay).toBeVisible()
})

test('a cut connection while paying, a double click and a reload charge once', async ({ page, words, folder }) => {
  const { pay } = await atCheckout(page, words, 'Limite')
  // The store receives the order, and its answer is lost.
  await page.route(ORDERS, async (route) => {
    await route.fetch()
    await route.abort('connectionreset')
  })
  await pay.click()
  // An event may bring the film before the page has noticed that the answer is lost.
  const held = page.getByText(words.checkout.held)
  await expect(page.getByText(words.checkout.unanswered).or(held)).toBeVisible()
  await page.unroute(ORDERS)
  await page.reload()
  await page
    .getByRole('button', { name: like(words.rent.rent_for) })
    .or(held)
    .first()
    .waitFor()
  if (!(await held.isVisible())) await pay.dblclick()
  await expect(held.or(page.getByTestId('order-done'))).toBeVisible()

  await page.goto('/account/orders')
  const orders = page.locator('main a[href^="/orders/"]')
  await expect(orders).toHaveCount(1)
  const order = (await orders.first().getAttribute('href'))?.split('/').at(-1) ?? ''
  expect(charged(folder, order)).toHaveLength(1)
})

test('without a network nothing is sent, and with it again the order is placed', async ({ page, words, context }) => {
  const { pay } = await atCheckout(page, words, 'Nosferatu')
  await context.setOffline(true)
  await pay.click()
  await expect(page.getByRole('alert')).toContainText(words.checkout.unanswered)
  await context.setOffline(false)
  await page.getByRole('button', { name: words.checkout.send_again }).click()
  await expect(page.getByTestId('order-done')).toBeVisible()
})

test('a receipt is printed without the page around it @desktop', async ({ page, words }) => {
  await find(page, words, 'Häxan')
  await rent(page, words)
  await page.getByRole('link', { name: words.orders.see_receipt }).click()
  const receipt = page.getByTestId('receipt')
  await expect(receipt).toContainText(like(words.rent.to_start))
  await expect(page.getByTestId('receipt-total')).toHaveText(/1\d[.,]90/)
  await page.emulateMedia({ media: 'print' })
  await expect(page.getByRole('banner')).toBeHidden()
  await expect(page.getByRole('contentinfo')).toBeHidden()
  await expect(page.getByRole('button', { name: words.receipt.print })).toBeHidden()
  await expect(receipt).toBeVisible()
  const background = await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)
  expect(background).toBe('rgb(255, 255, 255)')
})
