import { readdirSync, readFileSync } from 'node:fs'

import { En as PLAYER_WORDS } from 'media-chrome/lang/en'
import { describe, expect, test } from 'vitest'

import openapi from '../../../crates/gateway/openapi.json'
import labEn from '../../../languages/en/web/lab.json'
import shopEn from '../../../languages/en/web/shop.json'
import { preferredLocale } from '.'
import { byLocale, endonym, FALLBACK, LOCALES, nearestLocale } from './locales'
import { isForms, type Text, type Texts } from './texts'

/** The texts of every part of the app. The words of the player's controls have those of its library as their names. */
const PARTS: Record<string, Record<string, Texts>> = {
  shop: byLocale(import.meta.glob<Texts>('../../../languages/*/web/shop.json', { eager: true, import: 'default' })),
  lab: byLocale(import.meta.glob<Texts>('../../../languages/*/web/lab.json', { eager: true, import: 'default' })),
  player: byLocale(import.meta.glob<Texts>('../../../languages/*/web/player.json', { eager: true, import: 'default' })),
  page: byLocale(import.meta.glob<Texts>('../../../languages/*/web/page.json', { eager: true, import: 'default' })),
}

function leaves(texts: Texts, prefix = ''): [string, Text][] {
  return Object.entries(texts).flatMap(([key, text]) =>
    typeof text === 'string' || isForms(text)
      ? [[prefix + key, text] as [string, Text]]
      : leaves(text, `${prefix}${key}.`),
  )
}

const formsOf = (text: Text) => (typeof text === 'string' ? [text] : Object.values(text))
const placeholders = (text: string) => [...new Set(text.match(/\{\w+\}/g))].toSorted()

const inLocale = (part: string, locale: string) => new Map(leaves(PARTS[part]?.[locale] ?? {}))

test('there are languages, each with a name of its own', () => {
  expect(LOCALES).toContain(FALLBACK)
  expect(LOCALES.length).toBeGreaterThan(2)
  expect(new Set(LOCALES.map(endonym)).size).toBe(LOCALES.length)
  expect(['en', 'es', 'pt-BR'].map(endonym)).toEqual(['English', 'Español', 'Português (Brasil)'])
})

describe.each(LOCALES)('%s', (locale) => {
  test.each(Object.keys(PARTS))('has the texts of the %s that English has, with the same placeholders', (part) => {
    const [english, own] = [inLocale(part, FALLBACK), inLocale(part, locale)]
    expect(english.size).toBeGreaterThan(5)
    expect([...own.keys()].toSorted()).toEqual([...english.keys()].toSorted())
    for (const [key, text] of english) {
      const uses = placeholders(formsOf(text)[0] ?? '')
      for (const form of formsOf(own.get(key) ?? '')) expect({ key, uses: placeholders(form) }).toEqual({ key, uses })
    }
  })

  test('has a form for each plural category of its own, wherever something is counted', () => {
    const categories = new Intl.PluralRules(locale).resolvedOptions().pluralCategories.toSorted()
    const counting = ['shop', 'lab'].flatMap((part) => Array.from(inLocale(part, locale)))
    const forms = counting.filter(([, text]) => typeof text !== 'string')
    expect(forms.length).toBeGreaterThan(3)
    for (const [key, text] of forms)
      expect({ key, has: Object.keys(text).toSorted() }).toEqual({ key, has: categories })
  })

  /** The names of the texts in a section. */
  const namesIn = (section: string) =>
    [...inLocale('shop', locale).keys()]
      .filter((key) => key.startsWith(section))
      .map((key) => key.slice(section.length))
      .toSorted()

  test('has words for every problem that the API names, and for no other', () => {
    expect(namesIn('problem.')).toEqual(openapi.components.schemas.ProblemCode.enum.toSorted())
  })

  test('has words for every reason for declining a card', () => {
    expect(namesIn('checkout.decline.')).toEqual(openapi.components.schemas.DeclineReason.enum.toSorted())
  })

  test('has words for every reason and every state of a refund', () => {
    const { RefundReason, RefundState } = openapi.components.schemas
    expect(namesIn('refund.reason.')).toEqual(RefundReason.enum.toSorted())
    expect(namesIn('refund.state.')).toEqual(RefundState.enum.toSorted())
  })

  test('has a word for every state of an order', () => {
    expect(namesIn('orders.state.')).toEqual(openapi.components.schemas.OrderState.enum.toSorted())
  })
})

test('the words of the player’s controls are those that its library asks for', () => {
  const words = PARTS.player?.[FALLBACK] ?? {}
  expect(PLAYER_WORDS).toMatchObject(words)
})

test('no component has words of its own', () => {
  const components = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.vue'))
  expect(components.length).toBeGreaterThan(30)
  for (const file of components) {
    const template = /<template>([\s\S]*)<\/template>/.exec(readFileSync(`src/${file}`, 'utf8'))?.[1] ?? ''
    const words = template
      .replaceAll(/<!--[\s\S]*?-->|\{\{[\s\S]*?\}\}|"[^"]*"/g, '')
      .replaceAll(/<[^>]*>/g, ' ')
      .match(/[A-Za-z]{2,}/g)
    expect({ file, words: words?.join(' ') ?? null }).toEqual({ file, words: null })
  }
})

/** What the app's own code says, without its tests. */
const code = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.(ts|vue)$/.test(file) && !/\.test\.ts$|^testing\/|\.(gen|d)\.ts$/.test(file))
  .map((file) => readFileSync(`src/${file}`, 'utf8'))
  .join('\n')

/** Names of texts that are put together, such as `search.sorts.${sort}`, as patterns. */
const patterns = [...code.matchAll(/`(\w+(?:\.\w+)*\.[^`\s]*\$\{[^`]+)`/g)].map(([, name = '']) => {
  const parts = name.split(/\$\{[^}]*\}/)
  return new RegExp(`^${parts.map((part) => part.replaceAll('.', String.raw`\.`)).join('[^.]+')}$`)
})

const keys = [...leaves(shopEn), ...leaves(labEn)].map(([key]) => key)

/** In an attribute a name stands between the other quotes. */
const isNamed = (key: string) => code.includes(`'${key}'`) || code.includes(`"${key}"`)

/**
 * Words that agree with a length of time beside them, be it "1 h" or "30 days"; in "a time of 1 h" they need not. A language that
 * is not here is not tested for it.
 */
const AGREES = {
  en: /\b(?:the|these|a|an|is|are) \{(?:window|left)\}|(?<! of )\{(?:window|left)\} (?:begins?|starts?|ends?|remains?|is|are|was|were)\b/i,
  es: /\b(?:el|la|los|las|un|una|est[aeo]s?|quedan?|faltan?|sobran?) \{(?:window|left)\}|(?<! de )\{(?:window|left)\} (?:empieza|empezar|termina|queda|falta|son|es)(?!\p{L})/iu,
  'pt-BR':
    /(?:\b(?:[ao]s?|[dn][ao]s?|às?|esta?s?|estes?|restam?|faltam?|sobram?) |à )\{(?:window|left)\}|(?<! de )\{(?:window|left)\} (?:começ\p{L}*|termin(?:a|am|ou|aram)|rest\p{L}*|falta\p{L}*|são|é)(?!\p{L})/iu,
}

test.each(Object.entries(AGREES))('no word of a sentence in %s agrees with a length of time', (locale, agrees) => {
  const sentences = [...inLocale('shop', locale)].filter(([, text]) => /\{(?:window|left)\}/.test(String(text)))
  expect(sentences.length).toBeGreaterThan(10)
  expect(sentences.filter(([, text]) => agrees.test(String(text)))).toEqual([])
})

test('no text is there in vain', () => {
  const unused = keys.filter((key) => !isNamed(key) && !patterns.some((pattern) => pattern.test(key)))
  expect(unused).toEqual([])
})

test('no text is missing', () => {
  const sections = Object.keys({ ...shopEn, ...labEn }).join('|')
  const asked = [...code.matchAll(new RegExp(`'((?:${sections})(?:\\.\\w+)+)'`, 'g'))].map(([, key = '']) => key)
  expect(asked.length).toBeGreaterThan(100)
  expect(asked.filter((key) => !keys.includes(key))).toEqual([])
})

test('the first language of the browser that we speak is chosen, and English when there is none', () => {
  expect(preferredLocale(['tlh', 'pt-PT', 'en'])).toBe('pt-BR')
  expect(preferredLocale(['en-GB', 'pt-BR'])).toBe('en')
  expect(preferredLocale(['es-MX', 'en'])).toBe('es')
  expect(preferredLocale(['tlh'])).toBe('en')
})

test('the language that an address asks for stands before all others', () => {
  localStorage.setItem('locale', 'en')
  history.replaceState(null, '', '/?lang=pt-BR')
  expect(preferredLocale(['en'])).toBe('pt-BR')
  history.replaceState(null, '', '/?lang=tlh')
  expect(preferredLocale(['en'])).toBe('en')
  history.replaceState(null, '', '/')
})

test('a chosen language stands before the browser’s', () => {
  localStorage.setItem('locale', 'pt-BR')
  expect(preferredLocale(['en'])).toBe('pt-BR')
})

test('every language is the nearest to its own tag, in any letter case', () => {
  for (const locale of LOCALES) expect(nearestLocale(locale.toUpperCase())).toBe(locale)
  expect(nearestLocale('est')).toBeUndefined()
})
