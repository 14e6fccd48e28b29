// The lab of a running store: a call is chosen, made over two transports and opened by keyboard; each kind gets its answer; the
// last report is shown in a sandboxed frame. And axe finds nothing serious, in either theme.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import type { Page } from '@playwright/test'

import type en from '../../languages/en/web/lab.json'
import { expectNoBarriers } from './axe.ts'
import { expect, test as base, textsIn } from './store.ts'

const test = base.extend<{ texts: (typeof en)['lab'] }>({
  texts: async ({ locale }, use) => use(textsIn<typeof en>('lab', locale).lab),
})
test.use({ lab: true, contextOptions: { reducedMotion: 'reduce' } })

async function check(page: Page, name: string): Promise<void> {
  await expectNoBarriers(page, name)
  const wide = await page.evaluate(() => document.documentElement.scrollWidth)
  expect.soft(wide, name).toBeLessThanOrEqual(page.viewportSize()?.width ?? 0)
}

for (const colorScheme of ['dark', 'light'] as const) {
  test(`a call is chosen, made over two transports, and opened, in ${colorScheme}`, async ({ page, words, texts }) => {
    // axe checks every cell of two tables.
    test.slow()
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await page.goto('/')
    await page.getByRole('link', { name: words.shell.lab, exact: true }).click()
    await page.getByRole('heading', { level: 1, name: texts.title }).waitFor()
    await page.getByRole('radio', { name: texts.kinds.server_stream.name }).check()
    await check(page, 'before')

    await page.getByLabel(texts.form.records, { exact: true }).fill('1')
    await page.getByLabel(texts.form.batch).fill('1')
    await page.getByText(texts.form.more, { exact: true }).click()
    await page.getByLabel(texts.form.repeats).fill('5')
    await page.getByRole('button', { name: texts.form.run }).press('Enter')
    const figures = page.getByRole('table', { name: texts.figures.caption })
    await expect(figures.getByRole('columnheader', { name: texts.transports.rest.name })).toBeVisible()
    await expect(page.getByRole('table', { name: texts.repeats.table })).toBeVisible()

    await page.getByRole('group', { name: over(texts.timeline.label, 'gRPC') }).focus()
    for (const key of ['End', '+', 'Home', 'Enter']) await page.keyboard.press(key)
    const table = page.getByRole('table', { name: over(texts.table.caption, 'gRPC') })
    const preface = table.getByRole('button', { name: /PREFACE/ })
    await expect(preface).toBeFocused()
    await expect(preface).toHaveAttribute('aria-expanded', 'true')
    await expect(table.getByText(texts.frames.PREFACE)).toBeVisible()

    // A message of the answer, opened into its fields.
    const message = table
      .getByRole('row')
      .filter({ hasText: texts.way.back })
      .filter({ hasText: /DATA.*bytes/ })
    await message.first().getByRole('button').click()
    const field = table.getByRole('button', { name: 'titles', exact: true }).first()
    await field.press('Enter')
    await expect(field).toHaveAttribute('aria-pressed', 'true')
    await check(page, 'a call')
  })
}

test('each kind over each transport comes to its answer', async ({ page, texts }) => {
  await page.goto('/lab')
  await page.getByRole('checkbox', { name: texts.transports.local.name }).check()
  for (const kind of Object.values(texts.kinds)) {
    await page.getByRole('radio', { name: kind.name }).check()
    await page.getByRole('button', { name: texts.form.run }).click()
    const figures = page.getByRole('table', { name: texts.figures.caption })
    await expect(figures.getByRole('columnheader')).toHaveCount(1 + Object.keys(texts.transports).length)
    for (const { name } of Object.values(texts.transports)) {
      await expect(page.getByRole('table', { name: over(texts.table.caption, name) })).toBeVisible()
    }
    await expect(page.getByRole('alert')).toHaveCount(0)
  }
})

test('the last report is shown in a sandboxed frame', async ({ page, folder, texts }) => {
  const comparison = join(folder, 'comparison')
  rmSync(comparison, { recursive: true, force: true })
  await page.goto('/lab/report')
  await page.getByRole('heading', { name: texts.report.none }).waitFor()
  mkdirSync(comparison, { recursive: true })
  writeFileSync(join(comparison, 'report.html'), '<h1>Measured</h1><script>document.body.textContent = "ran"</script>')
  await page.goto('/lab')
  await page.getByRole('link', { name: texts.report_link }).click()
  await page.getByRole('heading', { level: 1, name: texts.report.title }).waitFor()
  await expect(page.frameLocator('iframe').getByRole('heading', { name: 'Measured' })).toBeVisible()
  await check(page, 'report')
})

function over(text: string, transport: string): string {
  return text.replace('{transport}', transport)
}
