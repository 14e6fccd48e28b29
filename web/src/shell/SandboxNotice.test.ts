import { screen } from '@testing-library/vue'
import { afterEach, expect, test } from 'vitest'

import { useLocale } from '@/i18n'
import { renderIn } from '@/testing/render'

import SandboxNotice from './SandboxNotice.vue'

afterEach(async () => {
  document.head.innerHTML = ''
  await useLocale('en')
})

test('a store with real payments says nothing', async () => {
  await renderIn(SandboxNotice)
  expect(screen.queryByRole('note')).toBeNull()
})

test.each([
  ['en', /no real money moves/i],
  ['pt-BR', /nenhum dinheiro de verdade/i],
] as const)('a public store with a sandbox says so in %s', async (locale, words) => {
  document.head.innerHTML = '<meta name="dvs-sandbox" content="true" />'
  await useLocale(locale)
  await renderIn(SandboxNotice)
  expect(screen.getByRole('note').textContent).toMatch(words)
})
