// Before each test file: English texts, and what jsdom lacks.
import '@testing-library/jest-dom/vitest'
import { cleanup } from '@testing-library/vue'
import { afterEach, beforeEach, vi } from 'vitest'

import { queryClient } from '@/api/queries'
import { useLocale } from '@/i18n'

vi.stubGlobal('scrollTo', () => {})

await useLocale('en')

beforeEach(() => {
  localStorage.clear()
  sessionStorage.clear()
})

afterEach(async () => {
  cleanup()
  queryClient.clear()
  vi.useRealTimers()
  await useLocale('en')
})
