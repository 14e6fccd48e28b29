import { afterEach, expect, test } from 'vitest'

import { shortcutOf, SHORTCUTS, turnKeys } from './shortcuts'

afterEach(() => {
  turnKeys(true)
  document.body.replaceChildren()
})

/** The shortcut of a key while this element has the focus. */
function pressed(key: string, html = '<main></main>', more: KeyboardEventInit = {}) {
  document.body.innerHTML = html
  const target = document.body.querySelector('[data-focused]') ?? document.body
  let meant: ReturnType<typeof shortcutOf> = null
  const hear = (event: KeyboardEvent) => (meant = shortcutOf(event))
  document.addEventListener('keydown', hear)
  target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, composed: true, ...more }))
  document.removeEventListener('keydown', hear)
  return meant
}

test.each([
  [' ', 'toggle'],
  ['k', 'toggle'],
  ['K', 'toggle'],
  ['j', 'back'],
  ['l', 'forward'],
  ['ArrowLeft', 'back_a_little'],
  ['ArrowUp', 'louder'],
  ['7', 'tenth'],
  ['f', 'fullscreen'],
  ['c', 'subtitles'],
  ['t', 'theatre'],
  ['?', 'help'],
  ['x', null],
])('%j means %j', (key, shortcut) => {
  expect(pressed(key)).toBe(shortcut)
})

test('keys of the browser and the system are left alone', () => {
  expect(pressed('f', undefined, { ctrlKey: true })).toBeNull()
  expect(pressed('ArrowLeft', undefined, { altKey: true })).toBeNull()
})

test('the focused element keeps the keys that it needs', () => {
  expect(pressed(' ', '<button data-focused></button>')).toBeNull()
  expect(pressed('k', '<button data-focused></button>')).toBe('toggle')
  expect(pressed('ArrowRight', '<input type="range" data-focused>')).toBeNull()
  expect(pressed('m', '<input type="range" data-focused>')).toBe('mute')
  expect(pressed('n', '<input data-focused>')).toBeNull()
  expect(pressed('ArrowDown', '<select data-focused></select>')).toBeNull()
  expect(pressed('k', '<dialog open><p data-focused></p></dialog>')).toBeNull()
})

test('with the keys turned off, the help still opens, where they are turned on again', () => {
  turnKeys(false)
  expect(pressed('k')).toBeNull()
  expect(pressed('?')).toBe('help')
  expect(localStorage.getItem('player-keys')).toBe('off')
})

test('every shortcut has a key, and no key has two', () => {
  const keys = SHORTCUTS.flatMap(([, keysOfOne]) => keysOfOne)
  expect(new Set(keys).size).toBe(keys.length)
})
