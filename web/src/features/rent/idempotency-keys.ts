// The idempotency keys of orders: one key an attempt, kept until the store has decided it.
//
// When the network fails, the browser does not know whether the store received the order, so it must send the same key again.
// After a decision (paid, declined, refused) the next attempt is a new one.
const STORED_AS = 'order-attempt'

export interface KeyStorage {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
}

interface Attempt {
  /** The order's body: the same key must never be sent with another one. */
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

/** In the tab's storage, so that a reload during an order does not lose its key. */
export const idempotencyKeys = createIdempotencyKeys(tabStorage(), randomKey)

const KEY_BYTES = 16

// Not crypto.randomUUID, which browsers do not offer over plain http.
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
