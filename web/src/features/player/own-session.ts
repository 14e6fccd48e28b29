// The playback session that this tab opened. It is stored, so that it continues after a reload.
/** Sessions that the viewer left on this page; the store may not have received that yet. */
const left = new Set<string>()

const key = (entitlement: string) => `playing:${entitlement}`

export const ownSession = {
  get(entitlement: string): string | null {
    return attempt(() => sessionStorage.getItem(key(entitlement))) ?? null
  },
  set(entitlement: string, playback: string): void {
    attempt(() => sessionStorage.setItem(key(entitlement), playback))
  },
  /** The viewer has left; the session stays known, because its lease belongs to this tab until the store ends it. */
  leave(entitlement: string): void {
    const playback = this.get(entitlement)
    if (playback) left.add(playback)
  },
  /** Whether this session continues here, after a reload or a cut connection. */
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
