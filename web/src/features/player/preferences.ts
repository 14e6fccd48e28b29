// The speed and volume of the last film, for the next film and after a reload.
import { browserStorage } from '@/browser-storage'

import { RATES } from './rates'

const RATE = 'player-rate'
const VOLUME = 'player-volume'
const MUTED = 'player-muted'

/** Applies the stored preferences to the film, and stores changes. */
export function keepPreferences(film: HTMLVideoElement): void {
  const rate = RATES.find((known) => String(known) === browserStorage.get(RATE)) ?? 1
  // Loading a film resets the speed to the default one.
  film.defaultPlaybackRate = rate
  film.playbackRate = rate
  const volume = Number.parseFloat(browserStorage.get(VOLUME) ?? '')
  if (volume >= 0 && volume <= 1) film.volume = volume
  film.muted = browserStorage.get(MUTED) === 'yes'

  film.addEventListener('ratechange', () => browserStorage.set(RATE, String(film.defaultPlaybackRate)))
  film.addEventListener('volumechange', () => {
    browserStorage.set(VOLUME, String(film.volume))
    browserStorage.set(MUTED, film.muted ? 'yes' : 'no')
  })
}
