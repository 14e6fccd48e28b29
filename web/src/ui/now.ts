// The present by the store's clock, ticking once a second for countdowns; the timer is off while no component uses it.
import { onScopeDispose, readonly, type Ref, ref, watch } from 'vue'

import { storeClockAhead, storeNow } from '@/store-clock'

const TICK_MS = 1_000

const now = ref(storeNow())
let watchers = 0
let timer: ReturnType<typeof setInterval> | undefined

const look = () => (now.value = storeNow())
watch(storeClockAhead, look, { flush: 'sync' })

export function useNow(): Readonly<Ref<number>> {
  look()
  if (watchers++ === 0) timer = setInterval(look, TICK_MS)
  onScopeDispose(() => {
    if (--watchers === 0) clearInterval(timer)
  })
  return readonly(now)
}
