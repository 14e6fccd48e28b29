// The document's title follows the page.
import { watchEffect } from 'vue'

const STORE = 'Distributed Video Store'

/** Call with a getter; an empty title is the store's own name. */
export function usePageTitle(title: () => string | undefined): void {
  watchEffect(() => {
    const own = title()
    document.title = own ? `${own} · ${STORE}` : STORE
  })
}
