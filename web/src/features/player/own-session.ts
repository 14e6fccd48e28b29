// The playback session that this tab opened; it outlives a reload, and then goes on.
/** Sessions that were left from this page: the store may not have heard it yet. */
const left = new Set<string>()

const key = (entitlement: string) => `playing:${entitlement}`

export const ownSession = {
  get(entitlement: string): string | null {
    return attempt(() => sessionStorage.getItem(key(entitlement))) ?? null
  },
  set(entitlement: string, playback: string): void {
    attempt(() => sessionStorage.setItem(key(entitlement), playback))
  },
  /** It is over for who watches, and yet its place is this tab's until the store frees it. */
  leave(entitlement: string): void {
    const playback = this.get(entitlement)
    if (playback) left.add(playback)
  },
  /** Whether this session plays on here, after a reload or a cut. */
  goesOn(entitlement: string, playback: string): boolean {
    return this.get(entitlement) === playback && !left.has(playback)
  },
  remove(entitlement: string): void {
    attempt(() => sessionStorage.removeItem(key(entitlement)))
  },
}

function attempt<T>(use: () => T): T | undefined {
  try {
    return use()
  } catch {
    return undefined
  }
}
