// The film's chapters, read from its text track.
import { computed, onMounted, type Ref, shallowRef } from 'vue'

import type { Film } from './film'

export interface Chapter {
  start: number
  name: string
}

/** This soon after a chapter's beginning, "back" goes to the chapter before it. */
const JUST_BEGUN_SECONDS = 3

export function useChapters(film: Film, track: Readonly<Ref<HTMLTrackElement | null>>) {
  const chapters = shallowRef<Chapter[]>([])
  const current = computed(() => chapters.value.findLast(({ start }) => start <= film.seconds.value) ?? null)

  onMounted(() => {
    const element = track.value
    if (!element) return
    element.addEventListener('load', () => (chapters.value = read(element.track.cues)))
    // A browser loads the file of a track only in the mode "hidden" or "showing".
    element.track.mode = 'hidden'
  })

  function goTo({ start }: Chapter): void {
    film.seek(start)
  }

  function next(): void {
    const after = chapters.value.find(({ start }) => start > film.position())
    if (after) goTo(after)
  }

  function previous(): void {
    const before = chapters.value.findLast(({ start }) => start <= film.position() - JUST_BEGUN_SECONDS)
    film.seek(before?.start ?? 0)
  }

  return { chapters, current, goTo, next, previous }
}

function read(cues: TextTrackCueList | null): Chapter[] {
  return Array.from(cues ?? [], (cue) => ({ start: cue.startTime, name: (cue as VTTCue).text }))
}
