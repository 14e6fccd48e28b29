// The app's languages: which one is spoken, its texts (one language is loaded at a time), and how to change it.
import { computed, type ComputedRef, ref, shallowRef } from 'vue'

import { speak } from '@/api/client'
import { browserStorage } from '@/browser-storage'

import type en from '../../locales/en.json'
import type labTexts from '../../locales/lab/en.json'
import { fill, type Texts, textOf, type Values } from './texts'

export const LOCALES = ['en', 'pt-BR'] as const
export type Locale = (typeof LOCALES)[number]

type Leaf<T, Prefix extends string = ''> = {
  [K in keyof T & string]: T[K] extends string ? `${Prefix}${K}` : Leaf<T[K], `${Prefix}${K}.`>
}[keyof T & string]

/** The name of a text in locales/. */
export type TextKey = Leaf<typeof en> | Leaf<typeof labTexts>

/** How the texts of a part of the app are loaded, by language. */
export type Loaders = Record<Locale, () => Promise<{ default: Texts }>>

/** What is loaded: the shop's texts, and those of parts that few visit once one of their pages was opened. */
const loaders = new Set<Loaders>([
  {
    en: () => import('../../locales/en.json'),
    'pt-BR': () => import('../../locales/pt-BR.json'),
  },
])
const STORED_AS = 'locale'
/** Search engines send readers to a page in their language. */
const IN_ADDRESS = 'lang'

const locale = ref<Locale>('en')
const texts = shallowRef<Texts>({})

/** The language that the address asks for, the customer's own choice, or the first of the browser's that we speak. */
export function preferredLocale(languages: readonly string[] = navigator.languages): Locale {
  const wished = [new URLSearchParams(location.search).get(IN_ADDRESS), browserStorage.get(STORED_AS)]
  for (const wish of wished) {
    const known = LOCALES.find((one) => one === wish)
    if (known) return known
  }
  for (const language of languages) {
    if (/^pt\b/i.test(language)) return 'pt-BR'
    if (/^en\b/i.test(language)) return 'en'
  }
  return 'en'
}

export async function useLocale(wanted: Locale): Promise<void> {
  const parts = await Promise.all([...loaders].map((part) => part[wanted]()))
  texts.value = Object.assign({}, ...parts.map((part) => part.default)) as Texts
  locale.value = wanted
  document.documentElement.lang = wanted
  speak(wanted)
}

/** Loads the texts of a part of the app, in this language and in every one that is chosen later. */
export async function alsoSpeak(part: Loaders): Promise<void> {
  loaders.add(part)
  await useLocale(currentLocale.value)
}

/** Whether a language was chosen in this browser, not only guessed. */
export function isLocaleChosen(): boolean {
  return browserStorage.get(STORED_AS) !== null
}

/** Changes the language and remembers it. */
export async function chooseLocale(wanted: Locale): Promise<void> {
  browserStorage.set(STORED_AS, wanted)
  await useLocale(wanted)
}

export const currentLocale: ComputedRef<Locale> = computed(() => locale.value)

/** A text; with `count`, its singular or plural. */
export function t(key: TextKey, values: Values = {}, count?: number): string {
  return fill(textOf(texts.value, key) ?? key, values, count)
}

/** A text that may not be there, such as the name of a genre that an import brought. */
export function optionalText(key: string): string | null {
  return textOf(texts.value, key)
}
