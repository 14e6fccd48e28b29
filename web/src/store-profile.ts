// What the store says of itself. The gateway writes it into the page: it is known before anything is asked.
import { computed, shallowRef } from 'vue'

import type { StoreProfile } from '@/api/types'

/** What a page has that no gateway has written: of a test, or while developing. */
const UNKNOWN: StoreProfile = {
  name: '',
  tagline: null,
  logo_url: null,
  accent: null,
  contact_email: null,
  legal_name: null,
  address: null,
  tax_id: null,
}

export const storeProfile = shallowRef(read(document.getElementById('dvs-store')))

/** Who sells, as far as the store says it. */
export const seller = computed(() => {
  const { legal_name, tax_id, address } = storeProfile.value
  return [legal_name, tax_id, address].filter((line) => line !== null)
})

export function read(element: HTMLElement | null): StoreProfile {
  return element?.textContent ? (JSON.parse(element.textContent) as StoreProfile) : UNKNOWN
}
