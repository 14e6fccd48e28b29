// The time by the store's clock. Rentals and codes end by it, and a browser's own clock may be days off.
import { readonly, ref } from 'vue'

/** The header has whole seconds, and an answer takes a while: a smaller difference does not show that the browser is wrong. */
const TOLERANCE_MS = 2_000

/** How far the store's clock is ahead of the browser's. */
const ahead = ref(0)

/** Milliseconds since 1970 by the store's clock, as far as it is known: until its first answer, by the browser's. */
export function storeNow(): number {
  return Date.now() + ahead.value
}

/** Changes when an answer shows that the difference between the clocks is another one. */
export const storeClockAhead = readonly(ahead)

/** Notes the `Date` of an answer of the store. */
export function hearStoreTime(header: string | null): void {
  const told = Date.parse(header ?? '')
  if (Number.isNaN(told)) return
  const difference = told - Date.now()
  if (Math.abs(difference - ahead.value) > TOLERANCE_MS)
    ahead.value = Math.abs(difference) > TOLERANCE_MS ? difference : 0
}
