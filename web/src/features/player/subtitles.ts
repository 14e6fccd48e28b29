// Which subtitles are shown, and their look; both are remembered for the next film. The player draws them instead of the
// browser, so that they can be large, do not collide with the controls, and look the same everywhere.
import { computed, onMounted, ref, type Ref, shallowRef, watch } from 'vue'

import { browserStorage } from '@/browser-storage'

export const SIZES = ['small', 'normal', 'large'] as const
export type SubtitleSize = (typeof SIZES)[number]

const LANGUAGE = 'subtitles'
const LATEST = 'subtitles-latest'
const SIZE = 'subtitle-size'
const BACKDROP = 'subtitle-backdrop'

/** The language of the subtitles; null turns them off. */
const language = ref(browserStorage.get(LANGUAGE) || null)
/** The language that turning them on again chooses. */
const latest = ref(browserStorage.get(LATEST) || language.value)
const size = ref(SIZES.find((known) => known === browserStorage.get(SIZE)) ?? 'normal')
const backdrop = ref(browserStorage.get(BACKDROP) !== 'off')

watch(language, (tag) => {
  browserStorage.set(LANGUAGE, tag ?? '')
  if (!tag) return
  latest.value = tag
  browserStorage.set(LATEST, tag)
})
watch(size, (name) => browserStorage.set(SIZE, name))
watch(backdrop, (on) => browserStorage.set(BACKDROP, on ? 'on' : 'off'))

export interface SubtitleFile {
  language: string
  label: string
  url: string
}

export function useSubtitles(video: Readonly<Ref<HTMLVideoElement | null>>, files: () => readonly SubtitleFile[]) {
  const cues = shallowRef<VTTCue[]>([])
  const shown = computed(() => fileIn(files(), language.value))
  /** The choice among the files of this film. */
  const chosen = computed({
    get: () => shown.value?.language ?? null,
    set: (tag) => (language.value = tag),
  })

  onMounted(() => {
    for (const track of tracks()) {
      track.addEventListener('cuechange', () => {
        if (track.mode === 'hidden') cues.value = Array.from(track.activeCues ?? []) as VTTCue[]
      })
    }
    apply()
  })
  watch(shown, apply)

  function apply(): void {
    cues.value = []
    for (const track of tracks()) track.mode = track.language === shown.value?.language ? 'hidden' : 'disabled'
  }

  function tracks(): TextTrack[] {
    return Array.from(video.value?.textTracks ?? []).filter(({ kind }) => kind === 'subtitles')
  }

  /** Turns them on in the last language, or in the first one of the film; or off. */
  function toggle(): void {
    if (shown.value) {
      language.value = null
      return
    }
    const file = fileIn(files(), latest.value) ?? files()[0]
    if (file) language.value = file.language
  }

  return { cues, shown, chosen, size, backdrop, toggle }
}

/** The file in this language, or in one that differs only by region: readers of pt-BR also read pt. */
function fileIn(files: readonly SubtitleFile[], tag: string | null): SubtitleFile | null {
  if (!tag) return null
  const near = files.find((file) => mainLanguage(file.language) === mainLanguage(tag))
  return files.find((file) => file.language === tag) ?? near ?? null
}

function mainLanguage(tag: string): string {
  return tag.split('-')[0]?.toLowerCase() ?? ''
}

export type Subtitles = ReturnType<typeof useSubtitles>
