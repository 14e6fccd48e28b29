// Texts as they are in `languages/*/web`: found by their names, with placeholders such as `{price}` and, where they count
// something, a form for each plural category of the language: `{ "one": "{count} film", "other": "{count} films" }`.
export interface Texts {
  [name: string]: Text | Texts
}
export type Forms = Readonly<Partial<Record<Intl.LDMLPluralRule, string>>>
export type Text = string | Forms
export type Values = Record<string, string | number>

const CATEGORIES: ReadonlySet<string> = new Set(['zero', 'one', 'two', 'few', 'many', 'other'])

export function textOf(texts: Texts, key: string): Text | null {
  let found: Text | Texts | undefined = texts
  for (const name of key.split('.')) found = typeof found === 'object' && !isForms(found) ? found[name] : undefined
  return typeof found === 'string' || (found && isForms(found)) ? found : null
}

/** Whether these are the forms of one text, and not texts with names of their own. */
export function isForms(found: Texts | Forms): found is Forms {
  return Object.keys(found).every((name) => CATEGORIES.has(name))
}

/** The text with its values; with `count`, in the form for that number. */
export function fill(text: Text, values: Values, count?: number, locale?: string): string {
  const all: Values = count === undefined ? values : { count, ...values }
  return formFor(text, count, locale).replaceAll(/\{(\w+)\}/g, (placeholder, name: string) =>
    isolated(String(all[name] ?? placeholder)),
  )
}

const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/
const [ISOLATE, END_ISOLATE] = ['\u2068', '\u2069']

/** A value that runs from right to left, so that the text around it stays as it is written. */
function isolated(value: string): string {
  return RIGHT_TO_LEFT.test(value) ? ISOLATE + value + END_ISOLATE : value
}

function formFor(text: Text, count: number | undefined, locale: string | undefined): string {
  if (typeof text === 'string') return text
  const category = count === undefined ? 'other' : new Intl.PluralRules(locale).select(count)
  return text[category] ?? text.other ?? ''
}
