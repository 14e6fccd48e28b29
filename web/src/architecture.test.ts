// Who may import whom: pages compose features, a feature never another one, and ui/ knows no API.
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

test('only src/testing and tests use what is for tests', () => {
  expect(
    broken(
      (file) => !isTest(file),
      (path) => path.startsWith('testing/'),
    ),
  ).toEqual([])
})
