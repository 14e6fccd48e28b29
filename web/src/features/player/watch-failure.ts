// Why a film does not play, and what the customer can do about it.
import type { ProblemCode } from '@/api/problem'
import { NetworkFault, Problem } from '@/api/problem'
import { t } from '@/i18n'
import { problemText } from '@/i18n/problem-text'

import { UnreadableFilm } from './watching'

export interface WatchFailure {
  heading: string
  text: string
  /** The action to offer, besides the link to the library. */
  way: 'again' | 'title' | 'sign_in' | null
}

const WAYS: Partial<Record<ProblemCode, WatchFailure['way']>> = {
  UNAUTHENTICATED: 'sign_in',
  VIEWING_WINDOW_ENDED: 'title',
  START_WINDOW_ENDED: 'title',
  ACCESS_ENDED: 'title',
  ENTITLEMENT_NOT_FOUND: null,
  MEDIA_NOT_FOUND: null,
}

export function failureOf(error: unknown): WatchFailure {
  if (error instanceof NetworkFault) {
    return { heading: t('player.no_contact'), text: t('player.no_contact_text'), way: 'again' }
  }
  if (error instanceof UnreadableFilm) {
    return { heading: t('watch.failed'), text: t('player.unreadable_text'), way: 'again' }
  }
  if (!(error instanceof Problem)) return { heading: t('watch.failed'), text: problemText(error), way: 'again' }
  const way = error.code in WAYS ? (WAYS[error.code] ?? null) : 'again'
  const heading =
    error.code === 'ACCESS_ENDED'
      ? t('player.access_over')
      : way === 'title'
        ? t('player.window_over')
        : t('watch.failed')
  const text = error.code === 'MEDIA_NOT_FOUND' ? t('player.missing_text') : problemText(error)
  return { heading, text, way }
}
