// One film in each currency of ISO 4217: its page, its data for search engines, the order, the receipt and its mail all show the
// same price. Browsers have a table of their own, which differs for some twenty currencies.
import { CURRENCIES } from './iso-4217.ts'
import { expect, find, like, mailsTo, signUp, test } from './store.ts'

const MINOR = 1_234_567
const ORDERS_SHOWN = 20

test.use({
  films: CURRENCIES.map(({ code }) =>
    JSON.stringify({
      source: 'iso',
      source_id: code,
      name: `Film in ${code}`,
      year: 2001,
      offers: [{ kind: 'rent', price: { amount_minor: MINOR, currency_code: code } }],
    }),
  ).join('\n'),
})

/** The amount as it is written in English, without separators of thousands. */
function expected(digits: number): string {
  const text = String(MINOR)
  return digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`
}

const amountIn = (text: string) => text.replaceAll(/[^\d.]/g, '').replaceAll(/^\.|\.$/g, '')

interface Film {
  id: string
  name: string
  offers: { id: string; price: { amount_minor: number; currency_code: string; minor_digits: number } }[]
}

test('every currency has its own digits on the page, in the order and in the mail @desktop', async ({
  page,
  words,
  folder,
}) => {
  await page.goto('/account')
  await page.getByRole('tab', { name: words.account.sign_up_tab }).click()
  const email = await signUp(page, words)
  await page.getByTestId('devices').waitFor()

  const ids: string[] = []
  for (let token: string | null = ''; token !== null;) {
    const listed = await page.request.get(`/api/v1/titles?page_size=100&page_token=${token}`)
    const found = (await listed.json()) as { titles: Film[]; next_page_token: string | null }
    ids.push(...found.titles.map(({ id }) => id))
    token = found.next_page_token
  }
  expect(ids).toHaveLength(CURRENCIES.length)

  const digitsOf = new Map(CURRENCIES.map(({ code, digits }) => [code, digits]))
  for (const id of ids) {
    const film = (await (await page.request.get(`/api/v1/titles/${id}`)).json()) as Film
    const [offer] = film.offers
    if (!offer) throw new Error(`${film.name} has no offer`)
    const code = offer.price.currency_code
    expect(offer.price.minor_digits, code).toBe(digitsOf.get(code))
    const html = await (await page.request.get(`/titles/${id}`)).text()
    expect(/"price":"([\d.]+)"/.exec(html)?.[1], code).toBe(expected(offer.price.minor_digits))
    const placed = await page.request.post('/api/v1/orders', {
      headers: { 'Idempotency-Key': code },
      data: { items: [{ offer_id: offer.id, price: offer.price }], payment: { method: 'card', token: 'tok_visa' } },
    })
    expect(placed.status(), `${code}: ${await placed.text()}`).toBe(201)
  }

  await page.goto('/account/orders')
  const orders = page.locator('main a[href^="/orders/"]')
  for (let shown = ORDERS_SHOWN; shown < CURRENCIES.length; shown += ORDERS_SHOWN) {
    await expect(orders).toHaveCount(shown)
    await page.getByRole('button', { name: words.state.more }).click()
  }
  await expect(orders).toHaveCount(CURRENCIES.length)
  const told = new Map<string, string>()
  for (const line of await orders.all()) {
    const code = /Film in ([A-Z]{3})/.exec((await line.textContent()) ?? '')?.[1] ?? ''
    told.set(code, amountIn((await line.locator('span').last().textContent()) ?? ''))
  }
  const wanted = new Map(CURRENCIES.map(({ code, digits }) => [code, expected(digits)]))
  expect(Object.fromEntries(told)).toEqual(Object.fromEntries(wanted))

  const receipts = () => mailsTo(folder, email).filter((mail) => mail.includes('/orders/'))
  await expect.poll(() => receipts().length, { timeout: 30_000 }).toBe(CURRENCIES.length)
  const mailed = new Map<string, string>()
  for (const mail of receipts()) {
    const text = mail.replaceAll(/=\r?\n/g, '')
    const [, code = '', total = ''] = /Film in ([A-Z]{3})[\s\S]*Total: (.+)/.exec(text) ?? []
    mailed.set(code, amountIn(total))
  }
  expect(Object.fromEntries(mailed)).toEqual(Object.fromEntries(wanted))
})

test('a price that the browser would scale is the same on the film’s page and at the checkout @desktop', async ({
  page,
  words,
}) => {
  for (const code of ['COP', 'IDR', 'HUF', 'JPY', 'KWD', 'CLF']) {
    const digits = CURRENCIES.find((one) => one.code === code)?.digits ?? 2
    await find(page, words, `Film in ${code}`)
    const offer = page.locator('main').getByRole('link', { name: like(words.rent.rent_for) })
    expect(amountIn((await offer.textContent()) ?? ''), code).toBe(expected(digits))
    await offer.click()
    await expect
      .poll(async () => amountIn((await page.getByTestId('total').textContent()) ?? ''), code)
      .toBe(expected(digits))
  }
})
