import { expect, test } from 'vitest'

import { useLocale } from '@/i18n'

import { licenceName } from './licence-name'

test.each([
  ['Public domain', 'Domínio público'],
  ['public domain ', 'Domínio público'],
  ['Public domain (United States)', 'Domínio público (Estados Unidos)'],
  ['Public domain (Brazil, United States)', 'Domínio público (Brasil e Estados Unidos)'],
  ['Public domain (BR)', 'Domínio público (Brasil)'],
  ['Public domain (Atlantis)', 'Domínio público (Atlantis)'],
  ['All rights reserved', 'Todos os direitos reservados'],
  ['CC BY 4.0', 'CC BY 4.0'],
  ['Public domain mark of a museum', 'Public domain mark of a museum'],
])('%j is %j in Portuguese', async (licence, name) => {
  await useLocale('pt-BR')
  expect(licenceName(licence)).toBe(name)
})

test('a licence whose name was written in Portuguese has its English name', async () => {
  await useLocale('en')
  expect(licenceName('Domínio público')).toBe('Public domain')
})
