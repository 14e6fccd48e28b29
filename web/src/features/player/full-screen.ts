// Full screen for the stage: the film, its subtitles and its controls. Keys, a double click and the bar's button all use this
// switch: the button by itself decides by the browser's last event, which comes a frame or more late.
import { enterFullscreen, exitFullscreen, isFullscreen } from 'media-chrome/utils/fullscreen-api'
import { onBeforeUnmount, onMounted, type Ref } from 'vue'

import { lastWish } from './switch'

const BUTTON_REQUESTS = ['mediaenterfullscreenrequest', 'mediaexitfullscreenrequest']

export function useFullScreen(
  stage: Readonly<Ref<HTMLElement | null>>,
  video: Readonly<Ref<HTMLVideoElement | null>>,
  /** Called after a click on the button, to give the focus back to the player's keys. */
  clicked: () => void,
): () => Promise<void> {
  // Phones without full screen for elements have it only for the video; the library handles that.
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
