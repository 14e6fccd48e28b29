// A value that follows another one once it has rested.
import { onScopeDispose, readonly, type Ref, ref, watch } from 'vue'

export function useDebounced<T>(source: () => T, restMs: number): Readonly<Ref<T>> {
  const rested = ref(source()) as Ref<T>
  let timer: ReturnType<typeof setTimeout> | undefined
  watch(source, (value) => {
    clearTimeout(timer)
    timer = setTimeout(() => (rested.value = value), restMs)
  })
  onScopeDispose(() => clearTimeout(timer))
  return readonly(rested) as Readonly<Ref<T>>
}
