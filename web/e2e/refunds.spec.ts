// Refunds: a customer has the money of a film back that was never played, and the film leaves the library.
import type { Page } from '@playwright/test'

import { expectNoBarriers } from './axe.ts'
import { expect, find, like, rent, signUp, test, watch, type Words } from './store.ts'

/** Opens the receipt of the order that was just paid. */
async function openReceipt(page: Page, words: Words): Promise<void> {
  await page.getByRole('link', { name: words.orders.see_receipt }).click()
  await page.getByTestId('receipt').waitFor()
}

const offer = (page: Page, words: Words) => page.getByRole('button', { name: words.refund.get })
const confirm = (page: Page, words: Words) =>
  page.getByRole('dialog').getByRole('button', { name: like(words.refund.confirm) })

test('a rental that was never played is refunded, and can be rented again', async ({ page, words }) => {
  await find(page, words, 'Limite')
  const film = page.url()
  await rent(page, words)
  await openReceipt(page, words)
  const receipt = page.url()

  // The film's page leads to the refund too.
  await page.goto(film)
  await page.getByTestId('refund-link').getByRole('link').click()
  await expect(page).toHaveURL(receipt)
  await expect(page.getByTestId('refund')).toContainText(like(words.refund.until))
  await expectNoBarriers(page, 'a receipt with the offer of a refund')

  const total = await page.getByTestId('receipt-total').innerText()
  await offer(page, words).click()
  await expect(page.getByRole('dialog')).toContainText('Limite')
  await expect(page.getByRole('dialog')).toContainText(total)
  await expectNoBarriers(page, 'the question before a refund')
  await confirm(page, words).click()

  const outcome = page.getByTestId('order-ended')
  await expect(outcome).toContainText(words.orders.ended.refunded)
  await expect(outcome).toContainText(words.refund.film_left)
  await expect(page.getByTestId('receipt-refund')).toContainText(words.refund.reason.withdrawal)
  await expect(page.getByTestId('receipt-left')).toHaveText(/0[.,]00/)
  await expect(offer(page, words)).toHaveCount(0)
  await expectNoBarriers(page, 'a refunded order')

  await outcome.getByRole('link', { name: words.home.see_film }).click()
  await expect(page).toHaveURL(film)
  await expect(page.locator('main').getByRole('link', { name: like(words.rent.rent_for) })).toBeVisible()
  await expect(page.getByTestId('refund-link')).toHaveCount(0)

  await page.goto('/account/orders')
  await expect(page.locator('main a[href^="/orders/"]')).toContainText(words.orders.state.refunded)
  await page.goto('/library')
  await expect(page.getByTestId('ended')).toContainText(words.library.ended_refunded)
  await expect(page.getByTestId('time-left')).toHaveCount(0)
})

test('a purchase that was refunded is not the customer’s any more', async ({ page, words }) => {
  await find(page, words, 'Häxan')
  const film = page.url()
  await page.getByRole('link', { name: like(words.rent.buy_for) }).click()
  await signUp(page, words)
  await page.getByRole('button', { name: like(words.rent.buy_for) }).click()
  await page.getByTestId('order-done').waitFor()
  await openReceipt(page, words)
  await offer(page, words).click()
  await confirm(page, words).click()
  await expect(page.getByTestId('order-ended')).toContainText(words.orders.ended.refunded)

  await page.goto('/library')
  await expect(page.getByTestId('ended')).toContainText('Häxan')
  await expect(page.getByText(words.library.owned)).toHaveCount(0)
  await page.goto(film)
  await expect(page.locator('main').getByRole('link', { name: like(words.rent.buy_for) })).toBeVisible()
})

test('a refund needs no mouse, and its outcome has the focus @desktop', async ({ page, words }) => {
  await find(page, words, 'Nosferatu')
  await rent(page, words)
  await openReceipt(page, words)
  await offer(page, words).focus()
  await page.keyboard.press('Enter')
  await expect(confirm(page, words)).toBeVisible()
  // The question can be left without an answer.
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await expect(offer(page, words)).toBeFocused()

  await page.keyboard.press('Enter')
  await expect(page.getByRole('dialog').getByRole('button', { name: words.refund.keep })).toBeFocused()
  await page.keyboard.press('Tab')
  await expect(confirm(page, words)).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(page.getByTestId('order-ended')).toContainText(words.orders.ended.refunded)
  await expect(page.getByRole('main')).toBeFocused()
})

test('a film that was played is not refunded', async ({ page, words }) => {
  await find(page, words, 'Nosferatu')
  const film = page.url()
  await rent(page, words)
  await openReceipt(page, words)
  const receipt = page.url()
  await expect(offer(page, words)).toBeVisible()

  // Another window does not notice that the film plays.
  const other = await page.context().newPage()
  await other.goto(receipt)
  await offer(other, words).click()
  const news = /\/api\/v1\/orders\b/
  await other.route(news, (route) => (route.request().method() === 'GET' ? route.abort() : route.continue()))

  await watch(page, words)
  const order = /\/orders\/([\w-]+)/.exec(receipt)?.[1] ?? ''
  const refundable = async () => {
    const answer = await page.request.get(`/api/v1/orders/${order}`)
    return ((await answer.json()) as { refundable_until: string | null }).refundable_until
  }
  await expect.poll(refundable).toBeNull()
  await confirm(other, words).click()
  await expect(other.getByRole('alert')).toContainText(words.refund.refused.played)
  await other.close()

  await page.goto(receipt)
  await page.getByTestId('receipt').waitFor()
  await expect(offer(page, words)).toHaveCount(0)
  await page.goto(film)
  await page.getByTestId('time-left').waitFor()
  await expect(page.getByTestId('refund-link')).toHaveCount(0)
})
