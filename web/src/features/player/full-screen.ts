// Full screen for the stage: the film, its lines and its controls. The keys, a double click and the bar's button all come
// here, because the button alone decides by what the browser told last, and that is a frame or more behind.
import { enterFullscreen, exitFullscreen, isFullscreen } from 'media-chrome/utils/fullscreen-api'
import { onBeforeUnmount, onMounted, type Ref } from 'vue'

import { lastWish } from './switch'

const BUTTON_REQUESTS = ['mediaenterfullscreenrequest', 'mediaexitfullscreenrequest']

export function useFullScreen(
  stage: Readonly<Ref<HTMLElement | null>>,
  video: Readonly<Ref<HTMLVideoElement | null>>,
  /** The button was clicked: the keys are the film's again. */
  clicked: () => void,
): () => Promise<void> {
  // Telephones without full screen for elements have it for the video alone, which the library knows.
  const owners = () => ({ media: video.value, fullscreenElement: stage.value, documentElement: document })
  const toggle = lastWish(
    () => isFullscreen(owners()),
    async (on) => {
      if (!on) return exitFullscreen(owners())
      if (document.pictureInPictureElement) await document.exitPictureInPicture().catch(() => {})
      return enterFullscreen(owners())
    },
  )

  onMounted(() => {
    for (const request of BUTTON_REQUESTS) stage.value?.addEventListener(request, take, { capture: true })
  })
  onBeforeUnmount(() => {
    for (const request of BUTTON_REQUESTS) stage.value?.removeEventListener(request, take, { capture: true })
  })

  function take(event: Event): void {
    event.stopPropagation()
    if (event instanceof CustomEvent && event.detail) clicked()
    void toggle()
  }

  return toggle
}
