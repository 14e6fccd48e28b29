// All colours that meet have the contrast that WCAG AA requires, in both themes.
import { readFileSync } from 'node:fs'

import { describe, expect, test } from 'vitest'

const css = readFileSync('src/ui/style.css', 'utf8')
type Theme = 'light' | 'dark'
type Rgb = [number, number, number]

const TEXT = 4.5
const SHAPE = 3

function token(name: string, theme: Theme): Rgb {
  const value = new RegExp(`--color-${name}: ([^;]+);`).exec(css)?.[1] ?? ''
  const pair = /light-dark\((#\w+), (#\w+)\)/.exec(value)
  const hex = pair ? pair[theme === 'light' ? 1 : 2] : value
  if (!hex?.startsWith('#')) throw new Error(`--color-${name} is no colour: ${value}`)
  return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255) as Rgb
}

const linear = (channel: number) => (channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4)

function luminanceOf([red, green, blue]: Rgb): number {
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
}

function contrast(one: number, other: number): number {
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05)
}

const cut = (channel: number) => Math.min(1, Math.max(0, channel))

/** The luminance of an OKLCH colour, which may lie outside of what a screen shows and is then cut to it. */
function luminanceOfOklch(lightness: number, chroma: number, hueDegrees: number): number {
  const hue = (hueDegrees * Math.PI) / 180
  const [a, b] = [chroma * Math.cos(hue), chroma * Math.sin(hue)]
  const [long, medium, short] = [
    (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3,
    (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3,
    (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3,
  ]
  return (
    0.2126 * cut(4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short) +
    0.7152 * cut(-1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short) +
    0.0722 * cut(-0.0041960863 * long - 0.7034186147 * medium + 1.707614701 * short)
  )
}

describe.each(['light', 'dark'] as const)('in the %s theme', (theme) => {
  const between = (one: string, other: string) =>
    contrast(luminanceOf(token(one, theme)), luminanceOf(token(other, theme)))

  test.each(['surface', 'raised', 'sunken'])('text can be read on %s', (ground) => {
    for (const words of ['text', 'text-muted', 'accent-text', 'danger']) {
      expect({ words, readable: between(words, ground) >= TEXT }).toEqual({ words, readable: true })
    }
  })

  test('the text on a button can be read, hovered or not', () => {
    expect(between('on-accent', 'accent')).toBeGreaterThanOrEqual(TEXT)
    expect(between('on-accent', 'accent-strong')).toBeGreaterThanOrEqual(TEXT)
  })

  test.each(['surface', 'raised'])('the edge of a control is visible on %s', (ground) => {
    expect(between('control', ground)).toBeGreaterThanOrEqual(SHAPE)
  })

  test('text can be read in the colour of any film', () => {
    const glow =
      /--glow: light-dark\(\s*oklch\(from [^)]*\) ([\d.]+) min\([\d.]+ \* c, ([\d.]+)\) h\),\s*oklch\(from [^)]*\) ([\d.]+) min\([\d.]+ \* c, ([\d.]+)\) h\)/.exec(
        css,
      )
    const [lightness, chroma] = (theme === 'light' ? glow?.slice(1, 3) : glow?.slice(3, 5))?.map(Number) ?? []
    if (!lightness || !chroma) throw new Error('the light of a film has changed its shape')
    for (let hue = 0; hue < 360; hue += 5) {
      const ground = luminanceOfOklch(lightness, chroma, hue)
      for (const words of ['text', 'text-muted', 'accent-text']) {
        const found = contrast(luminanceOf(token(words, theme)), ground)
        expect({ words, hue, readable: found >= TEXT }).toEqual({ words, hue, readable: true })
      }
    }
  })
})
