// Draws the icons of the installed app out of the store's mark: `node scripts/icons.mjs`, after changing public/favicon.svg.
import { mkdirSync, readFileSync } from 'node:fs'

import { chromium } from '@playwright/test'

/** Systems crop a maskable icon to their own shape, so the mark is within the middle and the background fills the square. */
const ICONS = [
  { file: '192.png', size: 192, inset: 0 },
  { file: '512.png', size: 512, inset: 0 },
  { file: 'maskable-512.png', size: 512, inset: 0.16 },
  { file: 'apple-touch-180.png', size: 180, inset: 0.08 },
]
const GROUND = '#15110e'

const folder = new URL('../public/icons/', import.meta.url).pathname
const mark = readFileSync(new URL('../public/favicon.svg', import.meta.url), 'utf8')
mkdirSync(folder, { recursive: true })

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
})
for (const { file, size, inset } of ICONS) {
  const page = await browser.newPage({ viewport: { width: size, height: size } })
  const ground = inset > 0 ? GROUND : 'transparent'
  await page.setContent(
    `<style>body{margin:0;background:${ground}}svg{display:block;box-sizing:border-box;inline-size:${size}px;block-size:${size}px;padding:${inset * size}px}</style>${mark}`,
  )
  await page.screenshot({ path: folder + file, omitBackground: true })
  await page.close()
}
await browser.close()
