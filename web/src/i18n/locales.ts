// The languages that there are: the folders of `languages`, at the top of the repository. No code knows which.
import type { Texts } from './texts'

/** A BCP 47 tag that is the name of a folder. */
export type Locale = string

/** How the texts of a part of the app are loaded, by language. */
export type Loaders = Readonly<Record<Locale, () => Promise<{ default: Texts }>>>

/** The shop's own texts. */
export const SHOP: Loaders = byLocale(import.meta.glob<{ default: Texts }>('../../../languages/*/web/shop.json'))

export const LOCALES: readonly Locale[] = Object.keys(SHOP)

/** For readers of none of the others. */
export const FALLBACK: Locale = 'en'

/** Files of `languages`, as a glob finds them, by their language. */
export function byLocale<File>(files: Record<string, File>): Record<Locale, File> {
  return Object.fromEntries(Object.entries(files).map(([path, file]) => [localeOf(path), file]))
}

function localeOf(path: string): Locale {
  return /\/languages\/([^/]+)\//.exec(path)?.[1] ?? path
}

/** The language of a tag, or another of its kind: who reads pt-PT reads pt-BR. public/start.js chooses by the same rule. */
export function nearestLocale(tag: string): Locale | undefined {
  const isSame = (locale: Locale) => locale.toLowerCase() === tag.toLowerCase()
  return LOCALES.find(isSame) ?? LOCALES.find((locale) => primary(locale) === primary(tag))
}

/** What a language calls itself: “Español”. */
export function endonym(locale: Locale): string {
  const name = new Intl.DisplayNames(locale, { type: 'language' }).of(locale) ?? locale
  return name.charAt(0).toLocaleUpperCase(locale) + name.slice(1)
}

/** The tag without its region: “es”. */
export function primary(tag: string): string {
  return tag.toLowerCase().split('-')[0] ?? tag
}
