import { expect, test } from 'vitest'

import { addressOf, read } from './first-data'

function pageWith(answers: unknown, lang = ''): HTMLElement {
  const element = document.createElement('script')
  element.type = 'application/json'
  element.lang = lang
  element.textContent = JSON.stringify(answers)
  return element
}

test('an answer in the page is found by its request, whatever the order of its query', () => {
  const body = { titles: [] }
  const brought = read(
    pageWith([{ path: '/api/v1/titles?sort=popular&genre=Film%20noir&page_size=24', body }], 'pt-BR'),
  )
  const address = addressOf('/api/v1/titles', { page_size: 24, sort: 'popular', genre: ['Film noir'], q: undefined })
  expect(brought.get(`pt-BR ${address}`)).toEqual(body)
  expect(brought.get(`en ${address}`)).toBeUndefined()
})

test('answers in a page without a language of their own have the page’s', () => {
  document.documentElement.lang = 'en'
  expect([...read(pageWith([{ path: '/api/v1/titles/limite', body: 1 }])).keys()]).toEqual([
    'en /api/v1/titles/limite?',
  ])
})

test('a page may have no answers in it', () => {
  expect(read(null).size).toBe(0)
})
