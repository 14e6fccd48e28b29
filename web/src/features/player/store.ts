// What is playing: the playback session with the store, kept apart from the <video> that shows it.
import { defineStore } from 'pinia'
import { shallowRef } from 'vue'

import { answer, api } from '@/api/client'
import { refreshHoldings } from '@/api/queries'
import type { Playback } from '@/api/types'

interface OpenOptions {
  /** The customer agrees that the viewing window starts now. */
  confirmStart?: boolean
  /** Another player of this rental may be stopped. */
  takeOver?: boolean
}

export const usePlayer = defineStore('player', () => {
  const playback = shallowRef<Playback | null>(null)
  let entitlement = ''
  let keeping = false

  async function open(entitlementId: string, options: OpenOptions = {}): Promise<void> {
    entitlement = entitlementId
    playback.value = await answer(
      api.POST('/api/v1/library/{entitlement_id}/playback', {
        params: { path: { entitlement_id: entitlementId } },
        body: {
          confirm_start: options.confirmStart ?? false,
          // The other player may be this very tab, before it was reloaded.
          take_over: options.takeOver || openPlayers.has(entitlementId),
        },
      }),
    )
    openPlayers.add(entitlementId)
    void refreshHoldings()
  }

  /** Keeps the position and with it the lease. A call while another is on its way is left out: the next one says more. */
  async function keep(seconds: number): Promise<void> {
    if (!playback.value || keeping) return
    keeping = true
    try {
      await put(seconds)
    } finally {
      keeping = false
    }
  }

  /** The page goes away: one last word that outlives it. */
  function keepWhileLeaving(seconds: number): void {
    void put(seconds, true).catch(() => {})
  }

  async function close(seconds: number): Promise<void> {
    if (!playback.value) return
    const path = { entitlement_id: entitlement, playback_id: playback.value.playback_id }
    try {
      await put(seconds, true)
      await answer(
        api.DELETE('/api/v1/library/{entitlement_id}/playback/{playback_id}', { params: { path }, keepalive: true }),
      )
      openPlayers.delete(path.entitlement_id)
    } catch {
      // The lease then ends by itself.
    } finally {
      if (playback.value?.playback_id === path.playback_id) playback.value = null
      void refreshHoldings()
    }
  }

  /** The store stopped this session: there is nothing left to close. */
  function drop(): void {
    playback.value = null
    openPlayers.delete(entitlement)
  }

  async function put(seconds: number, keepalive = false): Promise<void> {
    if (!playback.value) return
    const path = { entitlement_id: entitlement, playback_id: playback.value.playback_id }
    await answer(
      api.PUT('/api/v1/library/{entitlement_id}/playback/{playback_id}', {
        params: { path },
        body: { position_seconds: Math.floor(seconds) },
        keepalive,
      }),
    )
  }

  return { playback, open, keep, keepWhileLeaving, close, drop }
})

/** The rentals that this tab opened and did not close; they outlive a reload. */
const openPlayers = {
  key: (entitlement: string) => `playing:${entitlement}`,
  add(entitlement: string): void {
    attempt(() => sessionStorage.setItem(this.key(entitlement), 'yes'))
  },
  delete(entitlement: string): void {
    attempt(() => sessionStorage.removeItem(this.key(entitlement)))
  },
  has(entitlement: string): boolean {
    return attempt(() => sessionStorage.getItem(this.key(entitlement)) !== null) ?? false
  },
}

function attempt<T>(use: () => T): T | undefined {
  try {
    return use()
  } catch {
    return undefined
  }
}
