// The first answers of the API, which the gateway wrote into the page, so that the first view needs no request.
import { currentLocale } from '@/i18n'

interface Brought {
  path: string
  body: unknown
}

/** When the page and the answers in it were made. */
export const broughtAt = performance.timeOrigin

/** By the language and the address of the request. Read before the app changes the page's language to its own. */
const brought = read(document.getElementById('dvs-data'))

/** The answer to a request that came with the page, unless it was in another language. */
export function firstData<T>(path: string, query: object = {}): T | undefined {
  return brought.get(`${currentLocale.value} ${addressOf(path, query)}`) as T | undefined
}

export function read(element: HTMLElement | null): Map<string, unknown> {
  const found = new Map<string, unknown>()
  if (!element?.textContent) return found
  const language = element.lang || document.documentElement.lang
  for (const { path, body } of JSON.parse(element.textContent) as Brought[]) {
    const { pathname, searchParams } = new URL(path, location.origin)
    found.set(`${language} ${pathname}?${inOrder([...searchParams])}`, body)
  }
  return found
}

/** The same address for the same request, whatever the order of its query. */
export function addressOf(path: string, query: object): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [value].flat().map((one) => [name, String(one)] as [string, string]),
  )
  return `${path}?${inOrder(pairs)}`
}

function inOrder(pairs: [string, string][]): string {
  return pairs
    .map((pair) => pair.join('='))
    .toSorted()
    .join('&')
}
