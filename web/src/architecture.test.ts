// Which folder may import which: pages compose features, a feature never imports another one, and ui/ does not know the API.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

import { expect, test } from 'vitest'

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter(
  (file) => /\.(ts|vue)$/.test(file) && !file.endsWith('.d.ts'),
)

function importsOf(file: string): string[] {
  const paths = [...readFileSync(join('src', file), 'utf8').matchAll(/(?:from|import\()\s*'([^']+)'/g)]
  return paths
    .map(([, path = '']) => (path.startsWith('.') ? normalize(join(dirname(file), path)) : path.replace(/^@\//, '')))
    .filter((path) => path !== '')
}

const featureOf = (path: string) => /^features\/([^/]+)/.exec(path)?.[1]
const isOfAnotherFeature = (path: string, file: string) => (featureOf(path) ?? featureOf(file)) !== featureOf(file)
const isTest = (file: string) => file.includes('.test.') || file.startsWith('testing/')

function broken(from: (file: string) => boolean, forbids: (path: string, file: string) => boolean): string[] {
  return sources.filter(from).flatMap((file) =>
    importsOf(file)
      .filter((path) => forbids(path, file))
      .map((path) => `${file} imports ${path}`),
  )
}

test('there is something to look at', () => {
  expect(sources.filter((file) => featureOf(file)).length).toBeGreaterThan(30)
  expect(importsOf('pages/checkout.vue')).toContain('features/rent/CheckoutForm.vue')
})

test('a feature never imports another', () => {
  expect(broken((file) => featureOf(file) !== undefined, isOfAnotherFeature)).toEqual([])
})

test('features, ui and api never import a page', () => {
  expect(
    broken(
      (file) => !file.startsWith('pages/'),
      (path) => path.startsWith('pages/'),
    ),
  ).toEqual([])
})

test('ui knows no API and no feature', () => {
  expect(
    broken(
      (file) => file.startsWith('ui/'),
      (path) => /^(api|features|session)\b/.test(path),
    ),
  ).toEqual([])
})

/** The files that use the browser's own clock, and why; what the store decides by time uses storeNow(). */
const BROWSERS_TIME: Record<string, string> = {
  'store-clock.ts': 'compares the two clocks',
  'api/first-data.ts': 'when the page was loaded: the cache of answers goes by the same clock',
  'features/library/wish.ts': 'how long ago something was clicked in this tab',
  'features/player/rest-line.ts': 'how long ago this player last spoke',
  'shell/missing-code.ts': 'how long ago this tab reloaded the page',
}
const ASKS_THE_BROWSER =
  /\bDate\.now\b|\bnew Date\b(?!\()|\b(?:new )?Date\(\s*\)|\bperformance\.(?:now|timeOrigin)\b|\bTemporal\.Now\b|\.format(?:ToParts)?\(\s*\)/

test('only what is the browser’s own business goes by its clock', () => {
  const asking = sources.filter(
    (file) => !isTest(file) && ASKS_THE_BROWSER.test(readFileSync(join('src', file), 'utf8')),
  )
  expect(asking.toSorted()).toEqual(Object.keys(BROWSERS_TIME).toSorted())
})

test('what asks the browser for the time is seen', () => {
  for (const code of ['Date.now()', 'new Date()', 'new Date', 'Date()', 'performance.now()', 'formatter.format()']) {
    expect(code).toMatch(ASKS_THE_BROWSER)
  }
  for (const code of ['new Date(time)', 'Date.parse(text)', 'formatter.format(time)', 'formatDate()']) {
    expect(code).not.toMatch(ASKS_THE_BROWSER)
  }
})

test('only src/testing and tests use what is for tests', () => {
  expect(
    broken(
      (file) => !isTest(file),
      (path) => path.startsWith('testing/'),
    ),
  ).toEqual([])
})
