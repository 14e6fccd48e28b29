// The lab's own texts, which the shop does not load.
import { shallowRef, type ShallowRef } from 'vue'

import { alsoSpeak, type TextKey } from '@/i18n'
import { byLocale, type Loaders } from '@/i18n/locales'
import type { Texts } from '@/i18n/texts'

const LOADERS: Loaders = byLocale(import.meta.glob<{ default: Texts }>('../../../../languages/*/web/lab.json'))

export function speakLab(): Promise<void> {
  return alsoSpeak(LOADERS)
}

/** Whether they are loaded. */
export function useLabTexts(): Readonly<ShallowRef<boolean>> {
  const ready = shallowRef(false)
  void speakLab().then(() => {
    ready.value = true
  })
  return ready
}

const FRAMES = [
  'PREFACE',
  'SETTINGS',
  'WINDOW_UPDATE',
  'HEADERS',
  'TRAILERS',
  'DATA',
  'RST_STREAM',
  'GOAWAY',
  'PING',
  'HEAD',
  'BODY',
  'CHUNK',
  'FRAME',
  'CLOSE',
  'PONG',
  'MESSAGE',
] as const

/** What a frame is for. */
export function frameText(frame: string): TextKey {
  return `lab.frames.${FRAMES.find((known) => known === frame) ?? 'OTHER'}`
}
