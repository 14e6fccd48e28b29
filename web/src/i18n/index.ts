// The app's languages: which one is spoken, its texts (one language is loaded at a time), and how to change it.
import { computed, type ComputedRef } from 'vue'
import { createI18n } from 'vue-i18n'

import { speak } from '@/api/client'
import { browserStorage } from '@/browser-storage'

import type en from '../../locales/en.json'

export const LOCALES = ['en', 'pt-BR'] as const
export type Locale = (typeof LOCALES)[number]

type Leaf<T, Prefix extends string = ''> = {
  [K in keyof T & string]: T[K] extends string ? `${Prefix}${K}` : Leaf<T[K], `${Prefix}${K}.`>
}[keyof T & string]

/** The name of a text in locales/. */
export type TextKey = Leaf<typeof en>

const LOADERS = {
  en: () => import('virtual:texts/en'),
  'pt-BR': () => import('virtual:texts/pt-BR'),
}
const STORED_AS = 'locale'

const i18n = createI18n({ legacy: false, locale: 'en', fallbackWarn: false, missingWarn: false, messages: {} })

export const translations = i18n

/** The customer's own choice, or else the first of the browser's languages that we speak. */
export function preferredLocale(languages: readonly string[] = navigator.languages): Locale {
  const stored = LOCALES.find((locale) => locale === browserStorage.get(STORED_AS))
  if (stored) return stored
  for (const language of languages) {
    if (/^pt\b/i.test(language)) return 'pt-BR'
    if (/^en\b/i.test(language)) return 'en'
  }
  return 'en'
}

export async function useLocale(locale: Locale): Promise<void> {
  const { default: messages } = await LOADERS[locale]()
  i18n.global.setLocaleMessage(locale, messages)
  i18n.global.locale.value = locale
  document.documentElement.lang = locale
  speak(locale)
}

/** Whether a language was chosen in this browser, not only guessed. */
export function isLocaleChosen(): boolean {
  return browserStorage.get(STORED_AS) !== null
}

/** Changes the language and remembers it. */
export async function chooseLocale(locale: Locale): Promise<void> {
  browserStorage.set(STORED_AS, locale)
  await useLocale(locale)
}

export const currentLocale: ComputedRef<Locale> = computed(() => i18n.global.locale.value as Locale)

/** A text; with `count`, its singular or plural. */
export function t(key: TextKey, values: Record<string, string | number> = {}, count?: number): string {
  return count === undefined ? i18n.global.t(key, values) : i18n.global.t(key, { count, ...values }, count)
}

/** A text that may not be there, such as the name of a genre that an import brought. */
export function optionalText(key: string): string | null {
  return i18n.global.te(key) ? i18n.global.t(key) : null
}
