// The store's settings on its pages: a long name, a colour and a logo fit in.
import { fileURLToPath } from 'node:url'

import { expectNoBarriers } from './axe.ts'
import { expectNoFaults } from './layout.ts'
import { expect, test } from './store.ts'

test.use({ ownStore: 'settings', contextOptions: { reducedMotion: 'reduce' } })

const NAME = 'Cinemateca Popular e Videolocadora do Bairro de Vila Isabel'
const ACCENT = '#8a1c4a'
const ICON = fileURLToPath(new URL('../public/icons/512.png', import.meta.url))
const WIDTHS = [360, 768, 1024, 1280, 2560]

test('a long name, a colour and a logo have their place @desktop', async ({ page, tool, words }) => {
  for (const [key, value] of [
    ['name', NAME],
    ['accent', ACCENT],
    ['legal_name', 'Sociedade dos Amigos da Cinemateca Popular Ltda.'],
    ['address', 'Boulevard 28 de Setembro, 382, Vila Isabel, Rio de Janeiro, RJ, 20551-031'],
    ['tax_id', '12.345.678/0001-90'],
    ['contact_email', 'ajuda@films.example'],
  ] as const) {
    tool('settings', 'set', key, value)
  }
  await page.goto('/')
  await expect(page).toHaveTitle(NAME)
  const home = page.getByRole('link', { name: words.shell.home.replace('{store}', NAME) })
  const check = async (what: string) => {
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 800 })
      await page.evaluate(() => document.fonts.ready)
      await expectNoFaults(page, `${what} at ${width}`)
      // The header is as high as the light behind it knows (style.css).
      const off = () =>
        page.evaluate(() => {
          const probe = document.createElement('div')
          probe.style.blockSize = 'var(--header)'
          document.body.append(probe)
          const height = document.querySelector('header')?.offsetHeight ?? 0
          const difference = Math.abs(height - probe.offsetHeight)
          probe.remove()
          return difference
        })
      await expect.poll(off, { message: `${what} at ${width}` }).toBeLessThanOrEqual(4)
    }
  }
  await expect(home).toContainText(NAME)
  await check('a name')
  await expect(page.getByRole('contentinfo')).toContainText('12.345.678/0001-90')
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await page.goto('/titles/' + (await firstTitle(page.request)))
    await page.getByRole('heading', { level: 1 }).waitFor()
    await expectNoBarriers(page, colorScheme)
  }
  tool('settings', 'set', 'logo', ICON)
  await page.goto('/')
  await expect(home.locator('img')).toHaveJSProperty('complete', true)
  expect(await home.locator('img').evaluate((logo: HTMLImageElement) => logo.naturalWidth)).toBe(512)
  await check('a logo')
})

async function firstTitle(request: { get(path: string): Promise<{ json(): Promise<unknown> }> }): Promise<string> {
  const { titles } = (await (await request.get('/api/v1/titles')).json()) as { titles: { id: string }[] }
  return titles[0]?.id ?? ''
}
