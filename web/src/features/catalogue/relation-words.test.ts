import { expect, test } from 'vitest'

import { useLocale } from '@/i18n'

import { relationWords } from './relation-words'

test('what two films have in common is said in words', async () => {
  expect(relationWords({ kind: 'director', name: 'F. W. Murnau' })).toBe('Same director: F. W. Murnau')
  expect(relationWords({ kind: 'cast', name: 'Max Schreck' })).toBe('Also with Max Schreck')
  await useLocale('pt-BR')
  expect(relationWords({ kind: 'genre_and_decade', name: 'Horror' })).toBe('Terror, da mesma época')
  expect(relationWords({ kind: 'country', name: 'DE' })).toBe('Mesmo país: Alemanha')
})
