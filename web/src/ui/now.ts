// The present, ticking once a second for whoever shows a countdown; the clock rests while nobody does.
import { onScopeDispose, readonly, type Ref, ref } from 'vue'

const TICK_MS = 1_000

const now = ref(Date.now())
let watchers = 0
let timer: ReturnType<typeof setInterval> | undefined

export function useNow(): Readonly<Ref<number>> {
  now.value = Date.now()
  if (watchers++ === 0) timer = setInterval(() => (now.value = Date.now()), TICK_MS)
  onScopeDispose(() => {
    if (--watchers === 0) clearInterval(timer)
  })
  return readonly(now)
}
