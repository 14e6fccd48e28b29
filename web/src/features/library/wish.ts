// A film that a guest wanted on the watchlist: it is added after the guest signs in, in the same tab and soon after.
const STORED_AS = 'watchlist-wish'
const VALID_MS = 30 * 60_000

interface Wish {
  titleId: string
  at: number
}

/** Without session storage the wish lasts as long as the page. */
let remembered: string | null = null

export function rememberWish(titleId: string): void {
  remembered = JSON.stringify({ titleId, at: Date.now() } satisfies Wish)
  attempt(() => sessionStorage.setItem(STORED_AS, remembered ?? ''))
}

export function hasWish(): boolean {
  return read() !== null
}

/** Whether the guest wished for this title; removes the wish. */
export function takeWish(titleId: string): boolean {
  if (read()?.titleId !== titleId) return false
  remembered = null
  attempt(() => sessionStorage.removeItem(STORED_AS))
  return true
}

function read(): Wish | null {
  try {
    const stored = attempt(() => sessionStorage.getItem(STORED_AS)) ?? remembered
    const wish = JSON.parse(stored ?? 'null') as Wish | null
    return wish && Date.now() - wish.at < VALID_MS ? wish : null
  } catch {
    return null
  }
}

function attempt<T>(use: () => T): T | undefined {
  try {
    return use()
  } catch {
    return undefined
  }
}
