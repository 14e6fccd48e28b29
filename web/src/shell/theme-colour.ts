// The colour of the browser's own frame follows the light that was chosen; index.html has the system's.
import { watchEffect } from 'vue'

import { currentTheme } from '@/ui/theme'

export function useThemeColour(): void {
  const [meta, ...others] = document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')
  if (!meta) return
  for (const other of others) other.remove()
  meta.removeAttribute('media')
  watchEffect(() => {
    // Read for its effect alone: the page's own colour is what the frame has.
    void currentTheme.value
    meta.content = getComputedStyle(document.documentElement).backgroundColor
  })
}
