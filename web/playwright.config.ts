// How the browser tests run: the real program and a real browser. Every test runs twice, on a desktop in English and on a phone
// in Portuguese; `@desktop` or `@phone` in a title limits it to one of them.
import { defineConfig } from '@playwright/test'

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'

/** This name resolves to the machine itself and, unlike localhost, is not a secure context (lan.spec.ts). */
const ARGS = ['--no-sandbox', '--disable-gpu', '--host-resolver-rules=MAP shop.test 127.0.0.1']

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  // Each worker has its own browser and store, which the tests of one file share.
  workers: 2,
  forbidOnly: true,
  // The longest tests visit every page; each step has its own timeout.
  timeout: 120_000,
  // The pictures of visual.spec.ts. The app brings its own fonts, so every platform draws the same.
  snapshotPathTemplate: 'e2e/pictures/{arg}-{projectName}{ext}',
  expect: {
    timeout: 10_000,
    // Allows for different smoothing of edges in a newer browser, but not for anything that moved.
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
