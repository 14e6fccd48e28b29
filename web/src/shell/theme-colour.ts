// The colour of the browser's own frame follows the chosen theme; index.html has the system's.
import { watchEffect } from 'vue'

import { currentTheme } from '@/ui/theme'

export function useThemeColour(): void {
  const [meta, ...others] = document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')
  if (!meta) return
  for (const other of others) other.remove()
  meta.removeAttribute('media')
  watchEffect(() => {
    // Read so that this runs again at a change; the colour itself comes from the page's style.
    void currentTheme.value
    meta.content = getComputedStyle(document.documentElement).backgroundColor
  })
}
