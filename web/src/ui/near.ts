// Whether an element has come near the window yet; its data is loaded only then.
import { onMounted, onScopeDispose, readonly, type Ref, ref } from 'vue'

const NEAR = '600px'
/** For rows that may turn out to be empty: they load earlier, so that they disappear before a visitor sees their place. */
export const EARLY = '2500px'

export function useNear(element: Readonly<Ref<HTMLElement | null>>, rootMargin = NEAR): Readonly<Ref<boolean>> {
  const near = ref(false)
  let observer: IntersectionObserver | undefined
  onMounted(() => {
    observer = new IntersectionObserver(
      (entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return
        near.value = true
        observer?.disconnect()
      },
      { rootMargin },
    )
    if (element.value) observer.observe(element.value)
  })
  onScopeDispose(() => observer?.disconnect())
  return readonly(near)
}
