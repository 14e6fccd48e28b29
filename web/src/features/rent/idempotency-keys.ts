// The keys that make an order safe to send again: one key an attempt, kept until the store has decided it.
//
// When the network fails, nobody knows whether the order was heard: the same order sent again must carry the same key.
// After a decision (paid, declined, refused) the next attempt is a new one.
const STORED_AS = 'order-attempt'

export interface KeyStorage {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
}

interface Attempt {
  /** The order's body: the same key must never go with another one. */
  body: string
  key: string
}

export function createIdempotencyKeys(storage: KeyStorage, newKey: () => string) {
  function keyFor(order: object): string {
    const body = JSON.stringify(order)
    const open = read()
    if (open?.body === body) return open.key
    const key = newKey()
    storage.setItem(STORED_AS, JSON.stringify({ body, key } satisfies Attempt))
    return key
  }

  function decided(): void {
    storage.removeItem(STORED_AS)
  }

  function read(): Attempt | null {
    try {
      return JSON.parse(storage.getItem(STORED_AS) ?? 'null') as Attempt | null
    } catch {
      return null
    }
  }

  return { keyFor, decided }
}

/** Of this tab, so that a reload in the middle of an order does not lose its key. */
export const idempotencyKeys = createIdempotencyKeys(tabStorage(), randomKey)

const KEY_BYTES = 16

// Not crypto.randomUUID, which a shop over plain http does not have.
function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(KEY_BYTES))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function tabStorage(): KeyStorage {
  try {
    sessionStorage.setItem(STORED_AS, sessionStorage.getItem(STORED_AS) ?? 'null')
    return sessionStorage
  } catch {
    const memory = new Map<string, string>()
    return {
      getItem: (key) => memory.get(key) ?? null,
      setItem: (key, value) => void memory.set(key, value),
      removeItem: (key) => void memory.delete(key),
    }
  }
}
