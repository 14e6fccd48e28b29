import { render, screen } from '@testing-library/vue'
import { afterEach, expect, test } from 'vitest'
import { effectScope, nextTick } from 'vue'

import AppFooter from '@/shell/AppFooter.vue'
import StoreMark from '@/shell/StoreMark.vue'
import { renderIn } from '@/testing/render'
import { usePageTitle } from '@/ui/page-title'

import { read, storeProfile } from './store-profile'

const unknown = storeProfile.value

afterEach(() => {
  storeProfile.value = unknown
})

test('the profile is what the page brought along, and says nothing without it', () => {
  const element = document.createElement('script')
  element.textContent = JSON.stringify({ ...unknown, name: 'Cine Clube' })
  expect(read(element).name).toBe('Cine Clube')
  expect(read(null)).toEqual(unknown)
})

test('the title of a page ends with the store’s name, and follows it', async () => {
  storeProfile.value = { ...unknown, name: 'Cine Clube' }
  const scope = effectScope()
  scope.run(() => usePageTitle(() => 'Limite'))
  expect(document.title).toBe('Limite · Cine Clube')
  storeProfile.value = { ...unknown, name: 'Cine Belém' }
  await nextTick()
  expect(document.title).toBe('Limite · Cine Belém')
  scope.stop()
})

test('a store without a logo is known by its name, and one with a logo by that', async () => {
  storeProfile.value = { ...unknown, name: 'Cine Clube' }
  const { container } = render(StoreMark)
  expect(screen.getByText('Cine Clube')).toBeInTheDocument()
  expect(container.querySelector('img')).toBeNull()
  storeProfile.value = { ...unknown, name: 'Cine Clube', logo_url: '/logo/1' }
  await nextTick()
  expect(screen.queryByText('Cine Clube')).toBeNull()
  expect(container.querySelector('img')).toHaveAttribute('src', '/logo/1')
})

test('the foot of a page says who sells, as far as the store says it', async () => {
  storeProfile.value = {
    ...unknown,
    tagline: 'Filmes de sempre',
    legal_name: 'Cine Clube Ltda.',
    tax_id: '12.345.678/0001-90',
    contact_email: 'ajuda@films.example',
  }
  await renderIn(AppFooter)
  expect(screen.getByText('Filmes de sempre')).toBeInTheDocument()
  expect(screen.getByText('Cine Clube Ltda. · 12.345.678/0001-90')).toBeInTheDocument()
  expect(screen.getByRole('link', { name: 'ajuda@films.example' })).toHaveAttribute(
    'href',
    'mailto:ajuda@films.example',
  )
})
