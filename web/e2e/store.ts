// A store for the tests of a worker: the built program on an empty folder, with the demonstration's films.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

import { expect, type Locator, type Page, test as base } from '@playwright/test'

import { plainProxy } from './proxy.ts'
import { fakeStripe } from './stripe.ts'

import type en from '../../languages/en/web/shop.json'

export { expect } from '@playwright/test'

export type Words = typeof en

const LANGUAGES = new URL('../../languages/', import.meta.url).pathname
/** The languages that the app speaks. */
export const LOCALES = readdirSync(LANGUAGES)

const primary = (tag: string) => tag.split('-')[0]

/** The app's texts for a browser of a language: those of a part of it. */
export function textsIn<Texts>(part: 'shop' | 'lab' | 'page', browser = 'en'): Texts {
  const locale = LOCALES.find((one) => primary(one) === primary(browser)) ?? 'en'
  return JSON.parse(readFileSync(join(LANGUAGES, locale, 'web', `${part}.json`), 'utf8')) as Texts
}

export const PASSWORD = 'violet harbour umbrella 1922'
let accounts = 0

function binary(): string {
  const path = process.env.DVS_BIN
  if (!path || !existsSync(path)) throw new Error(`DVS_BIN must name the built binary, but is ${path}`)
  return path
}

/** Runs a tool on the store. */
export type Tool = (...args: string[]) => void

/**
 * Every test gets `words`, the app's texts in the test's language, a page whose base is the store's address, and the
 * `tool` that works on that store. A file that says `test.use({ lab: true })` has a store with a lab, whose clock it moves;
 * one that says `test.use({ films })` has a store of these rows of `dvs import` in place of the demonstration; one that says
 * `test.use({ behindPlainProxy: true })` sees its store through nginx with nothing but a `proxy_pass`; one that says
 * `test.use({ ownStore: 'a name' })` has a store in which no test of another file has ordered anything; one
 * that says `test.use({ payStripe: true })` has a store that is paid on the page of a stand-in for Stripe.
 */
export const test = base.extend<
  { words: Words },
  {
    lab: boolean
    films: string
    behindPlainProxy: boolean
    ownStore: string
    payStripe: boolean
    folder: string
    store: string
    tool: Tool
  }
>({
  lab: [false, { option: true, scope: 'worker' }],
  behindPlainProxy: [false, { option: true, scope: 'worker' }],
  films: ['', { option: true, scope: 'worker' }],
  // A worker restarts for other options, so another name gives another store.
  ownStore: ['', { option: true, scope: 'worker' }],
  payStripe: [false, { option: true, scope: 'worker' }],
  folder: [
    // Playwright requires the braces, though nothing is taken out of them.
    // oxlint-disable-next-line no-empty-pattern
    async ({}, use) => {
      const folder = mkdtempSync(join(tmpdir(), 'dvs-browser-'))
      await use(folder)
      rmSync(folder, { recursive: true })
    },
    { scope: 'worker' },
  ],
  tool: [
    async ({ folder }, use) =>
      use((...args) => {
        execFileSync(binary(), [...args, '--data-dir', join(folder, 'data')])
      }),
    { scope: 'worker' },
  ],
  store: [
    async ({ folder, lab, films, behindPlainProxy, payStripe, tool }, use) => {
      const args = ['serve', '--data-dir', join(folder, 'data'), '--rate-limit', 'off']
      const proxy = behindPlainProxy ? await plainProxy(folder) : null
      // A store reports its public address when it is open.
      if (proxy) args.push('--listen', proxy.store, '--public-url', proxy.address, '--proxies-in-front', '1')
      else args.push('--listen', '127.0.0.1:0')
      const stripe = payStripe ? await fakeStripe(folder) : null
      if (stripe) args.push(...stripe.options)
      if (lab) args.push('--lab', '--comparison', join(folder, 'comparison'))
      if (films) {
        writeFileSync(join(folder, 'films.jsonl'), films)
        tool('import', '--rent-price', 'BRL:1490', '--buy-price', 'BRL:3990', join(folder, 'films.jsonl'))
        // These films have no files.
        args.push('--no-demo', '--sell-without-film')
      }
      const store = spawn(binary(), args, { stdio: ['ignore', 'pipe', 'inherit'] })
      for await (const line of createInterface({ input: store.stdout })) {
        const address = /http:\/\/\S+/.exec(line)?.[0]
        if (!address) continue
        await stripe?.sendEventsTo(`${address}/webhooks/stripe`)
        await use(address)
        break
      }
      proxy?.end()
      stripe?.end()
      store.kill('SIGINT')
      if (store.exitCode === null) await once(store, 'exit')
      if (store.exitCode !== 0) throw new Error(`the store ended with ${store.exitCode ?? store.signalCode}`)
    },
    { scope: 'worker' },
  ],
  baseURL: async ({ store }, use) => use(store),
  words: async ({ locale }, use) => use(textsIn<Words>('shop', locale)),
})

/** A text of the app with values in it, as a pattern: `{price}` matches anything. */
export function like(text: string): RegExp {
  const literal = text.replaceAll(/[$()*+.?[\\\]^|]/g, String.raw`\$&`)
  return new RegExp(literal.replaceAll(/\{\w+\}/g, '.+'))
}

/** Opens an account in the form on the page, which signs in, and returns the address. */
export async function signUp(page: Page, words: Words): Promise<string> {
  accounts += 1
  const email = `ana${process.pid}-${accounts}@example.com`
  await page.getByLabel(words.account.name, { exact: true }).fill('Ana Souza')
  await page.getByLabel(words.account.email, { exact: true }).fill(email)
  await page.getByLabel(words.account.password, { exact: true }).fill(PASSWORD)
  await page.getByRole('button', { name: words.account.sign_up }).click()
  return email
}

/** The mails to an address in the store's folder. */
export function mailsTo(folder: string, email: string): string[] {
  const mail = join(folder, 'data', 'mail')
  const all = existsSync(mail) ? readdirSync(mail).filter((name) => name.endsWith('.eml')) : []
  return all.map((name) => readFileSync(join(mail, name), 'utf8')).filter((text) => text.includes(email))
}

/** Waits for a mail to this address and returns its link to this page of the app. */
export async function mailedLink(folder: string, email: string, page: string): Promise<string> {
  const link = new RegExp(String.raw`${page}\?token=[\w-]+`)
  const found = () => mailsTo(folder, email).flatMap((text) => link.exec(text)?.[0] ?? [])
  await expect.poll(() => found().length).toBeGreaterThan(0)
  return found().at(-1) ?? ''
}

/** Chooses another language than the page's. */
export async function speakAnother(page: Page, words: Words): Promise<void> {
  const spoken = await page.locator('html').getAttribute('lang')
  const other = LOCALES.find((locale) => locale !== spoken) ?? ''
  await page.getByRole('combobox', { name: words.shell.language }).selectOption(other)
}

/** The link that plays a film. Its name ends with the film's in the library; in Spanish, other links begin with the same letters. */
export function watchLink(page: Page, words: Words): Locator {
  return page.getByRole('link', { name: new RegExp(`^${words.library.watch}( :|$)`) })
}

/** Scrolls like a person until the element is visible: the page loads its lower parts only when they are near. */
export async function scrollTo(page: Page, wanted: Locator): Promise<void> {
  await expect(async () => {
    const place = (await wanted.isVisible()) ? await wanted.boundingBox() : null
    // Scrolls back a little when the element is above the window.
    await page.mouse.wheel(0, place && place.y < 0 ? -200 : 400)
    await expect(wanted).toBeInViewport({ timeout: 200 })
  }).toPass({ intervals: [100] })
}

/** Opens the film's page as a person would, by the search. */
export async function find(page: Page, words: Words, film: string): Promise<void> {
  await page.goto('/')
  await page.getByRole('combobox', { name: words.search.label }).fill(film)
  await page.getByRole('option', { name: film }).first().click()
  await page.getByRole('heading', { level: 1, name: film }).waitFor()
}

/** Rents the film whose page is open, as a new customer, up to the receipt. */
export async function rent(page: Page, words: Words): Promise<void> {
  await page.getByRole('link', { name: like(words.rent.rent_for) }).click()
  await signUp(page, words)
  await page.getByRole('button', { name: like(words.rent.rent_for) }).click()
  await page.getByTestId('order-done').waitFor()
}

/** Plays the film that was just paid for, which starts its clock. */
export async function watch(page: Page, words: Words): Promise<Locator> {
  await watchLink(page, words).click()
  await page.getByRole('button', { name: words.watch.start }).click()
  return playing(page)
}

/** The film on the page, once it plays. */
export async function playing(page: Page): Promise<Locator> {
  const film = page.locator('video')
  await expect.poll(() => time(film)).toBeGreaterThan(0)
  return film
}

/** The film's position, in seconds. */
export function time(film: Locator): Promise<number> {
  return film.evaluate((video) => (video as HTMLVideoElement).currentTime)
}
