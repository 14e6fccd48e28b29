// Texts as they stand in locales/: found by their names, with placeholders such as `{price}` and, where they count
// something, a singular and a plural beside a bar: `{count} film | {count} films`.
export interface Texts {
  [name: string]: string | Texts
}
export type Values = Record<string, string | number>

const BAR = ' | '

export function textOf(texts: Texts, key: string): string | null {
  let found: string | Texts | undefined = texts
  for (const name of key.split('.')) found = typeof found === 'object' ? found[name] : undefined
  return typeof found === 'string' ? found : null
}

/** The text with its values; with `count`, in the form for so many. */
export function fill(text: string, values: Values, count?: number): string {
  const all: Values = count === undefined ? values : { count, ...values }
  return formFor(text, count).replaceAll(/\{(\w+)\}/g, (placeholder, name: string) =>
    isolated(String(all[name] ?? placeholder)),
  )
}

const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/
const [ISOLATE, END_ISOLATE] = ['\u2068', '\u2069']

/** A value that runs from right to left, so that the text around it stays as it is written. */
function isolated(value: string): string {
  return RIGHT_TO_LEFT.test(value) ? ISOLATE + value + END_ISOLATE : value
}

/** English and Portuguese have one form for one, and another for all other numbers, nought among them. */
function formFor(text: string, count: number | undefined): string {
  if (count === undefined) return text
  const [one = text, other = one] = text.split(BAR)
  return count === 1 ? one : other
}
