// Theatre mode: the film fills the window, and the rest of the page is hidden. Remembered for the next film.
import { ref } from 'vue'

import { browserStorage } from '@/browser-storage'

const STORED_AS = 'theatre'

export const theatre = ref(browserStorage.get(STORED_AS) === 'on')

export function toggleTheatre(): void {
  theatre.value = !theatre.value
  browserStorage.set(STORED_AS, theatre.value ? 'on' : 'off')
}
