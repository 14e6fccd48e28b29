// Windows that end, by moving the store's clock: those of rentals, and the time of a Pix code.
import { expect, find, like, rent, signUp, test, watch } from './store.ts'

test.use({ lab: true })

test('a rental whose window has ended says so, and links to the film’s page', async ({ page, words, tool }) => {
  await find(page, words, 'Nosferatu')
  await rent(page, words)
  await watch(page, words)
  const film = page.url()
  await page.getByRole('link', { name: words.watch.to_library }).click()
  await expect(page.getByTestId('time-left')).toHaveText(like(words.library.to_finish))
  tool('lab', 'clock', '+49h')
  await page.goto(film)
  await expect(page.getByRole('alert')).toContainText(words.player.window_over)
  await page.getByRole('link', { name: words.player.rent_again }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Nosferatu' })).toBeVisible()
})

test('a Pix counts down by the store’s clock, also when that moves while the page is open', async ({
  page,
  words,
  tool,
}) => {
  tool('lab', 'clock', '+49h')
  await find(page, words, 'Nosferatu')
  await page.getByRole('link', { name: like(words.rent.rent_for) }).click()
  await signUp(page, words)
  await page.getByRole('radio', { name: words.checkout.pix }).check()
  await page.getByRole('button', { name: like(words.rent.rent_for) }).click()
  await expect(page.getByTestId('pix-left')).toHaveText(/\b1[45] min/)
  tool('lab', 'clock', '+1h')
  await expect(page.getByTestId('pix-left')).toBeHidden({ timeout: 15_000 })
})
