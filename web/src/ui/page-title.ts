// The document's title follows the page, and ends with the store's name.
import { watchEffect } from 'vue'

import { storeProfile } from '@/store-profile'

/** Call with a getter; an empty title is the store's own name. */
export function usePageTitle(title: () => string | undefined): void {
  watchEffect(() => {
    const { name } = storeProfile.value
    document.title = [title(), name].filter(Boolean).join(' · ')
  })
}
