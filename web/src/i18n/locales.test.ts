import { readdirSync, readFileSync } from 'node:fs'

import { describe, expect, test } from 'vitest'

import en from '../../locales/en.json'
import labEn from '../../locales/lab/en.json'
import labPtBR from '../../locales/lab/pt-BR.json'
import ptBR from '../../locales/pt-BR.json'
import openapi from '../../../crates/gateway/openapi.json'
import { preferredLocale } from '.'

type Texts = { [key: string]: string | Texts }

function leaves(texts: Texts, prefix = ''): [string, string][] {
  return Object.entries(texts).flatMap(([key, text]) =>
    typeof text === 'string' ? [[prefix + key, text] as [string, string]] : leaves(text, `${prefix}${key}.`),
  )
}

const placeholders = (text: string) => [...new Set(text.match(/\{\w+\}/g))].toSorted()

test.each([
  ['the shop', en, ptBR],
  ['the lab', labEn, labPtBR],
])('both languages have the same texts of %s with the same placeholders', (_part, english, other) => {
  const portuguese = new Map(leaves(other))
  expect([...portuguese.keys()].toSorted()).toEqual(
    leaves(english)
      .map(([key]) => key)
      .toSorted(),
  )
  for (const [key, text] of leaves(english)) {
    expect({ key, uses: placeholders(portuguese.get(key) ?? '') }).toEqual({ key, uses: placeholders(text) })
  }
})

describe.each([
  ['en', en],
  ['pt-BR', ptBR],
] as const)('%s', (_locale, texts) => {
  test('every problem that the API names has its words, and no other', () => {
    expect(Object.keys(texts.problem).toSorted()).toEqual(openapi.components.schemas.ProblemCode.enum.toSorted())
  })

  test('every reason for declining a card has its words', () => {
    expect(Object.keys(texts.checkout.decline).toSorted()).toEqual(
      openapi.components.schemas.DeclineReason.enum.toSorted(),
    )
  })

  test('every state of an order has its word', () => {
    expect(Object.keys(texts.orders.state).toSorted()).toEqual(openapi.components.schemas.OrderState.enum.toSorted())
  })
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

const keys = [...leaves(en), ...leaves(labEn)].map(([key]) => key)

/** In an attribute a name stands between the other quotes. */
const isNamed = (key: string) => code.includes(`'${key}'`) || code.includes(`"${key}"`)

/** Words that agree with a length of time beside them, be it "1 h" or "30 days"; in "a time of 1 h" they need not. */
const AGREES = {
  en: /\b(?:the|these|a|an|is|are) \{(?:window|left)\}|(?<! of )\{(?:window|left)\} (?:begins?|starts?|ends?|remains?|is|are|was|were)\b/i,
  'pt-BR':
    /(?:\b(?:[ao]s?|[dn][ao]s?|às?|esta?s?|estes?|restam?|faltam?|sobram?) |à )\{(?:window|left)\}|(?<! de )\{(?:window|left)\} (?:começ\p{L}*|termin(?:a|am|ou|aram)|rest\p{L}*|falta\p{L}*|são|é)(?!\p{L})/iu,
}

test.each([
  ['en', en],
  ['pt-BR', ptBR],
] as const)('no word of a sentence in %s agrees with a length of time', (locale, texts) => {
  const sentences = leaves(texts).filter(([, text]) => /\{(?:window|left)\}/.test(text))
  expect(sentences.length).toBeGreaterThan(10)
  expect(sentences.filter(([, text]) => AGREES[locale].test(text))).toEqual([])
})

test('no text is there in vain', () => {
  const unused = keys.filter((key) => !isNamed(key) && !patterns.some((pattern) => pattern.test(key)))
  expect(unused).toEqual([])
})

test('no text is missing', () => {
  const sections = Object.keys({ ...en, ...labEn }).join('|')
  const asked = [...code.matchAll(new RegExp(`'((?:${sections})(?:\\.\\w+)+)'`, 'g'))].map(([, key = '']) => key)
  expect(asked.length).toBeGreaterThan(100)
  expect(asked.filter((key) => !keys.includes(key))).toEqual([])
})

test('the first language of the browser that we speak is chosen, and English when there is none', () => {
  expect(preferredLocale(['fr-FR', 'pt-PT', 'en'])).toBe('pt-BR')
  expect(preferredLocale(['en-GB', 'pt-BR'])).toBe('en')
  expect(preferredLocale(['ja'])).toBe('en')
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
