// The whole story, in every language: a guest finds a film, becomes a customer, is declined, pays, and watches.
import { expect, find, like, LOCALES, signUp, test, textsIn, time, watchLink, type Words } from './store.ts'

const WATCHED_SECONDS = 3

for (const locale of LOCALES) {
  test.describe(locale, () => {
    test.use({ locale })

    test('a guest finds a film, rents it, watches it, and continues where they stopped', async ({ page, words }) => {
      await find(page, words, 'Nosferatu')
      await page.getByRole('link', { name: like(words.rent.rent_for) }).click()

      // The film, its price and its windows are shown before the account and the button.
      const price = new Intl.NumberFormat(locale, { style: 'currency', currency: 'BRL' }).format(14.9)
      await expect(page.getByTestId('total')).toHaveText(price)
      await expect(page.getByText(like(words.checkout.start_window))).toBeVisible()
      await expect(page.getByText(like(words.checkout.viewing_window))).toBeVisible()
      await signUp(page, words)

      const pay = page.getByRole('button', { name: like(words.rent.rent_for) })
      await page.getByRole('radio', { name: words.checkout.cards.tok_declined }).check()
      await pay.click()
      await expect(page.getByRole('alert')).toContainText(words.checkout.declined)
      await page.getByRole('radio', { name: words.checkout.cards.tok_visa }).check()
      await expect(page.getByRole('alert')).toBeHidden()
      await pay.click()
      await expect(page.getByTestId('order-done')).toContainText(words.checkout.rented)

      await page.getByRole('link', { name: words.checkout.to_library }).click()
      const left = page.getByTestId('time-left')
      await expect(left).toHaveText(like(words.library.to_start))
      await watchLink(page, words).click()
      await expect(page.getByRole('dialog')).toContainText(like(words.watch.confirm_text))
      await page.getByRole('button', { name: words.watch.start }).click()
      await expect.poll(() => time(page.locator('video'))).toBeGreaterThan(WATCHED_SECONDS)
      const stopped = await time(page.locator('video'))

      await page.reload()
      await expect.poll(() => time(page.locator('video'))).toBeGreaterThan(0)
      // It begins near that position, not exactly at it, because the position is saved when the page is left.
      expect(Math.abs((await time(page.locator('video'))) - stopped)).toBeLessThan(2)

      await page.getByRole('link', { name: words.watch.to_library }).click()
      await expect(left).toHaveText(like(words.library.to_finish))
    })

    test('the page is in the language of the browser, and in another that is chosen', async ({ page, words }) => {
      await page.goto('/')
      await expect(page.locator('html')).toHaveAttribute('lang', locale)
      await expect(page.getByRole('banner').getByRole('link', { name: words.shell.films })).toBeVisible()
      let label = words.shell.language
      const others = LOCALES.filter((one) => one !== locale)
      for (const other of others) {
        await page.getByRole('combobox', { name: label }).selectOption(other)
        await expect(page.locator('html')).toHaveAttribute('lang', other)
        const { shell } = textsIn<Words>('shop', other)
        await expect(page.getByRole('banner').getByRole('link', { name: shell.films })).toBeVisible()
        label = shell.language
      }
      await page.reload()
      await expect(page.locator('html')).toHaveAttribute('lang', others.at(-1) ?? '')
    })

    test('what is bought has no time limit', async ({ page, words }) => {
      await find(page, words, 'Limite')
      await page.getByRole('link', { name: like(words.rent.buy_for) }).click()
      await signUp(page, words)
      await page.getByRole('button', { name: like(words.rent.buy_for) }).click()
      await expect(page.getByTestId('order-done')).toContainText(words.checkout.bought)
      await watchLink(page, words).click()
      await expect.poll(() => time(page.locator('video'))).toBeGreaterThan(0)
    })
  })
}
