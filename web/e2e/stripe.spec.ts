// Paying on the page of a payment provider: approved, declined, left half-way, and found again later in another window.
import type { Page } from '@playwright/test'

import { expect, find, like, signUp, test, type Words } from './store.ts'

test.use({ payStripe: true })

/** Opens the checkout of a film for a new customer, and presses the button: the browser is on the provider's page then. */
async function toThePaymentPage(page: Page, words: Words, film: string): Promise<void> {
  await find(page, words, film)
  await page.getByRole('link', { name: like(words.rent.rent_for) }).click()
  await signUp(page, words)
  await expect(page.getByText(like(words.checkout.provider_text))).toBeVisible()
  await expect(page.getByRole('radio')).toHaveCount(0)
  await page
    .locator('main')
    .getByRole('button', { name: like(words.rent.rent_for) })
    .click()
  await expect(page).toHaveTitle('Checkout')
}

test('a card is paid on the provider’s page, and the customer comes back to the film', async ({ page, words }) => {
  await toThePaymentPage(page, words, 'Nosferatu')
  await expect(page.getByRole('heading')).toContainText('Nosferatu')
  await page.getByRole('button', { name: 'Pay', exact: true }).click()
  await expect(page).toHaveURL(/\/orders\/[0-9a-f-]{36}$/)
  await expect(page.getByRole('heading', { name: words.receipt.heading })).toBeVisible()
  await page.getByRole('link', { name: words.library.watch }).click()
  await expect(page).toHaveURL(/\/watch\//)
})

test('a declined card can be replaced by another, with proof of who pays', async ({ page, words }) => {
  await toThePaymentPage(page, words, 'Limite')
  await page.getByRole('button', { name: /that is declined/ }).click()
  await page.getByRole('link', { name: 'Try again' }).click()
  await page.getByRole('button', { name: /3-D Secure/ }).click()
  await page.getByRole('button', { name: 'Yes' }).click()
  await expect(page.getByRole('heading', { name: words.receipt.heading })).toBeVisible()
})

test('whoever leaves the provider’s page half-way finds the order waiting, and can pay it or give it up', async ({
  page,
  words,
}) => {
  await toThePaymentPage(page, words, 'Limite')
  await page.getByRole('button', { name: /3-D Secure/ }).click()
  await page.getByRole('button', { name: 'No' }).click()
  await page.getByRole('link', { name: 'Try again' }).click()
  await page.getByRole('link', { name: 'Back' }).click()
  const waiting = page.getByTestId('redirect')
  await expect(waiting.getByText(words.payment_page.not_paid_yet)).toBeVisible()
  const order = page.url()

  // The tab is closed, and the film's page in another one knows of the order.
  const later = await page.context().newPage()
  await page.close()
  await later.goto('/')
  await find(later, words, 'Limite')
  await later.getByTestId('pending-order').getByRole('link').click()
  await expect(later).toHaveURL(order)
  await later.getByTestId('redirect').getByRole('link', { name: words.payment_page.go }).click()
  await expect(later).toHaveTitle('Checkout')
  await later.getByRole('link', { name: 'Back' }).click()
  await later.getByRole('button', { name: words.pix.give_up }).click()
  await expect(later.getByTestId('order-ended')).toContainText(words.orders.ended.cancelled)
})
