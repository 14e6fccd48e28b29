// The film in the <video> element: its state, and what the viewer can do with it. Buttons, keys and the media keys of the
// keyboard all use it.
import { onMounted, readonly, ref, type Ref } from 'vue'

import { keepPreferences } from './preferences'
import { RATES } from './rates'
import { lastWish } from './switch'

const VOLUME_STEP = 0.1

export function useFilm(video: Readonly<Ref<HTMLVideoElement | null>>) {
  const seconds = ref(0)
  const length = ref(0)
  const paused = ref(true)
  const ended = ref(false)
  const rate = ref(1)

  onMounted(() => {
    const film = video.value
    if (!film) return
    keepPreferences(film)
    const look = () => {
      seconds.value = film.currentTime
      length.value = Number.isFinite(film.duration) ? film.duration : 0
      paused.value = film.paused
      ended.value = film.ended
      rate.value = film.playbackRate
    }
    for (const event of ['timeupdate', 'seeking', 'durationchange', 'play', 'pause', 'ended', 'ratechange']) {
      film.addEventListener(event, look)
    }
  })

  /** Plays; false if the browser requires a click or key first. */
  async function play(): Promise<boolean> {
    try {
      await video.value?.play()
      return true
    } catch (error) {
      // An AbortError only means that a pause or another film interrupted the start.
      return !(error instanceof DOMException && error.name === 'NotAllowedError')
    }
  }

  function toggle(): void {
    if (video.value?.paused) void play()
    else video.value?.pause()
  }

  function seek(to: number): void {
    const film = video.value
    if (film) film.currentTime = Math.min(Math.max(0, to), film.duration || 0)
  }

  function seekBy(step: number): void {
    seek(position() + step)
  }

  function setRate(to: number): void {
    if (!video.value) return
    video.value.defaultPlaybackRate = to
    video.value.playbackRate = to
  }

  /** The next speed up (1) or down (-1) from the element's present one, because the event that updates `rate` comes later. */
  function shiftRate(by: 1 | -1): void {
    const next = RATES[RATES.indexOf(video.value?.playbackRate as (typeof RATES)[number]) + by]
    if (next) setRate(next)
  }

  function shiftVolume(by: 1 | -1): void {
    const film = video.value
    if (!film) return
    film.volume = Math.min(1, Math.max(0, film.volume + by * VOLUME_STEP))
    if (by > 0) film.muted = false
  }

  function toggleMute(): void {
    if (video.value) video.value.muted = !video.value.muted
  }

  const togglePictureInPicture = lastWish(
    () => Boolean(document.pictureInPictureElement),
    async (on) => {
      try {
        await (on ? video.value?.requestPictureInPicture?.() : document.exitPictureInPicture())
      } catch {
        // Not every browser supports this, and none before the film is loaded.
      }
    },
  )

  /** The position right now; `seconds` follows with the browser's next event. */
  function position(): number {
    return video.value?.currentTime ?? 0
  }

  return {
    seconds: readonly(seconds),
    length: readonly(length),
    paused: readonly(paused),
    ended: readonly(ended),
    rate: readonly(rate),
    position,
    play,
    toggle,
    seek,
    seekBy,
    setRate,
    shiftRate,
    shiftVolume,
    toggleMute,
    togglePictureInPicture,
  }
}

export type Film = ReturnType<typeof useFilm>
