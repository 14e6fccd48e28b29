// What the keys do while a film is open. The help shows the same table.
import { onScopeDispose, ref } from 'vue'

import { browserStorage } from '@/browser-storage'

const TABLE = {
  toggle: ['Space', 'K'],
  back: ['J'],
  forward: ['L'],
  back_a_little: ['←'],
  forward_a_little: ['→'],
  tenth: ['0', '…', '9'],
  previous_chapter: ['P'],
  next_chapter: ['N'],
  slower: ['<'],
  faster: ['>'],
  subtitles: ['C'],
  louder: ['↑'],
  softer: ['↓'],
  mute: ['M'],
  fullscreen: ['F'],
  theatre: ['T'],
  picture_in_picture: ['I'],
  help: ['?'],
} as const

export type Shortcut = keyof typeof TABLE
export const SHORTCUTS = Object.entries(TABLE) as [Shortcut, readonly string[]][]

const NAMES: Record<string, string> = {
  ' ': 'Space',
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
}
const BY_KEY = new Map(SHORTCUTS.flatMap(([shortcut, keys]) => keys.map((key) => [key, shortcut] as const)))

const STORED_AS = 'player-keys'

/** Whether single keys do anything: people who control the computer by voice need to turn them off (WCAG 2.1.4). */
export const keysAreOn = ref(browserStorage.get(STORED_AS) !== 'off')

export function turnKeys(on: boolean): void {
  keysAreOn.value = on
  browserStorage.set(STORED_AS, on ? 'on' : 'off')
}

/** Handles keys on the whole page, except those that the focused element needs itself. */
export function useShortcuts(act: (shortcut: Shortcut, key: string) => void): void {
  document.addEventListener('keydown', hear)
  onScopeDispose(() => document.removeEventListener('keydown', hear))

  function hear(event: KeyboardEvent): void {
    const shortcut = shortcutOf(event)
    if (!shortcut) return
    event.preventDefault()
    act(shortcut, event.key)
  }
}

export function shortcutOf(event: KeyboardEvent): Shortcut | null {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return null
  const shortcut = /^\d$/.test(event.key) ? 'tenth' : BY_KEY.get(NAMES[event.key] ?? event.key.toUpperCase())
  // The help always opens, because the keys are turned on again there.
  if (!shortcut || (!keysAreOn.value && shortcut !== 'help')) return null
  const focused = event.composedPath()[0]
  return focused instanceof Element && needs(focused, event.key) ? null : shortcut
}

function needs(element: Element, key: string): boolean {
  if (element.closest('dialog, [role="dialog"], select, textarea')) return true
  if (element instanceof HTMLInputElement) return element.type === 'range' ? key.startsWith('Arrow') : true
  const pressable = element.matches('button, a, summary, [role="button"], [role="slider"]')
  return pressable && (key === ' ' || (key.startsWith('Arrow') && element.matches('[role="slider"]')))
}
