// Which language is spoken, its texts (one language is loaded at a time), and how to change it.
import { computed, type ComputedRef, ref, shallowRef } from 'vue'

import { speak } from '@/api/client'
import { browserStorage } from '@/browser-storage'

import type labTexts from '../../../languages/en/web/lab.json'
import type shopTexts from '../../../languages/en/web/shop.json'
import { FALLBACK, type Loaders, type Locale, LOCALES, nearestLocale, SHOP } from './locales'
import { fill, type Text, type Texts, textOf, type Values } from './texts'

type Leaf<T, Prefix extends string = ''> = {
  [K in keyof T & string]: T[K] extends string
    ? `${Prefix}${K}`
    : keyof T[K] extends Intl.LDMLPluralRule
      ? `${Prefix}${K}`
      : Leaf<T[K], `${Prefix}${K}.`>
}[keyof T & string]

/** The name of a text of the shop or the lab. */
export type TextKey = Leaf<typeof shopTexts> | Leaf<typeof labTexts>

/** What is loaded: the shop's texts, and those of parts that few visit once one of their pages was opened. */
const loaders = new Set<Loaders>([SHOP])
const STORED_AS = 'locale'
/** Search engines send readers to a page in their language. */
const IN_ADDRESS = 'lang'

const locale = ref<Locale>(FALLBACK)
const texts = shallowRef<Texts>({})

/** The language that the address asks for, the customer's own choice, or the first of the browser's that we speak. */
export function preferredLocale(languages: readonly string[] = navigator.languages): Locale {
  const wished = [new URLSearchParams(location.search).get(IN_ADDRESS), browserStorage.get(STORED_AS)]
  for (const wish of wished) {
    const known = LOCALES.find((one) => one === wish)
    if (known) return known
  }
  for (const language of languages) {
    const near = nearestLocale(language)
    if (near) return near
  }
  return FALLBACK
}

export async function useLocale(wanted: Locale): Promise<void> {
  const parts = await Promise.all([...loaders].map((part) => part[wanted]?.() ?? none(wanted)))
  texts.value = Object.assign({}, ...parts.map((part) => part.default)) as Texts
  locale.value = wanted
  document.documentElement.lang = wanted
  speak(wanted)
}

function none(wanted: Locale): never {
  throw new RangeError(`There is no language ${wanted}`)
}

/** Whether a language was chosen in this browser, not only guessed. */
export function isLocaleChosen(): boolean {
  return browserStorage.get(STORED_AS) !== null
}

/** Loads the texts of a part of the app, in this language and in every one that is chosen later. */
export async function alsoSpeak(part: Loaders): Promise<void> {
  loaders.add(part)
  await useLocale(currentLocale.value)
}

/** Changes the language and remembers it. */
export async function chooseLocale(wanted: Locale): Promise<void> {
  browserStorage.set(STORED_AS, wanted)
  await useLocale(wanted)
}

export const currentLocale: ComputedRef<Locale> = computed(() => locale.value)

/** A text; with `count`, its form for that number. */
export function t(key: TextKey, values: Values = {}, count?: number): string {
  return fill(textOf(texts.value, key) ?? key, values, count, locale.value)
}

/** A text that may not be there, such as the name of a genre that an import brought. */
export function optionalText(key: string): string | null {
  const text: Text | null = textOf(texts.value, key)
  return text === null ? null : fill(text, {})
}
