// Dark or light: the system's preference, or the visitor's choice. public/start.js applies that before the first paint.
import { computed, ref } from 'vue'

import { browserStorage } from '@/browser-storage'

export type Theme = 'dark' | 'light'

const STORED_AS = 'theme'

const systemDark = window.matchMedia('(prefers-color-scheme: dark)')
const system = ref<Theme>(systemDark.matches ? 'dark' : 'light')
systemDark.addEventListener('change', () => (system.value = systemDark.matches ? 'dark' : 'light'))

const chosen = ref(readChoice())

export const currentTheme = computed<Theme>(() => chosen.value ?? system.value)

export function chooseTheme(theme: Theme): void {
  chosen.value = theme
  browserStorage.set(STORED_AS, theme)
  document.documentElement.dataset.theme = theme
}

function readChoice(): Theme | null {
  const stored = browserStorage.get(STORED_AS)
  return stored === 'dark' || stored === 'light' ? stored : null
}
