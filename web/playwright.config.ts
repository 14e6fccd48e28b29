// How the browser tests run: the real binary, a real browser, nothing in between. Every story is told twice, at a desk in
// English and on a phone in Portuguese; `@desktop` and `@phone` in a title keep it to the one where it makes a difference.
import { defineConfig } from '@playwright/test'

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'

/** The name stands for an address of the house's own network: unlike localhost, no secure context (lan.spec.ts). */
const ARGS = ['--no-sandbox', '--disable-gpu', '--host-resolver-rules=MAP shop.test 127.0.0.1']

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  // A browser and a store a worker: the tests of one file share them.
  workers: 2,
  forbidOnly: true,
  // The longest go through every page; each step has its own patience.
  timeout: 120_000,
  // The pictures of visual.spec.ts. The fonts are the app's own, so every platform draws the same.
  snapshotPathTemplate: 'e2e/pictures/{arg}-{projectName}{ext}',
  expect: {
    timeout: 10_000,
    // Room for a newer browser's smoothing of edges, not for anything that moved.
    toHaveScreenshot: { maxDiffPixelRatio: 0.01, threshold: 0.2, animations: 'disabled', caret: 'hide' },
  },
  use: {
    browserName: 'chromium',
    launchOptions: { executablePath, args: ARGS },
    screenshot: 'only-on-failure',
  },
  projects: [
    {
      name: 'desktop',
      grepInvert: /@phone/,
      use: { locale: 'en-US', viewport: { width: 1280, height: 800 } },
    },
    {
      name: 'phone',
      grepInvert: /@desktop/,
      use: { locale: 'pt-BR', viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true },
    },
    ...(process.env.DVS_SCREENS ? [{ name: 'screens', testMatch: 'screens.ts', timeout: 120_000 }] : []),
  ],
})
