// The player's controls, and their texts in our languages.
import 'media-chrome/media-controller'
import 'media-chrome/media-control-bar'
import 'media-chrome/media-loading-indicator'
import 'media-chrome/media-play-button'
import 'media-chrome/media-seek-backward-button'
import 'media-chrome/media-seek-forward-button'
import 'media-chrome/media-time-range'
import 'media-chrome/media-time-display'
import 'media-chrome/media-mute-button'
import 'media-chrome/media-volume-range'
import 'media-chrome/media-pip-button'
import 'media-chrome/media-fullscreen-button'
import { addTranslation, setLanguage } from 'media-chrome/utils/i18n'

import { byLocale } from '@/i18n/locales'

const TEXTS = byLocale<Record<string, string>>(
  import.meta.glob('../../../../languages/*/web/player.json', { eager: true, import: 'default' }),
)
for (const [locale, texts] of Object.entries(TEXTS)) addTranslation(locale, texts)

export { setLanguage }
