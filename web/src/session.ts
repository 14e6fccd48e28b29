// Who is signed in. The session itself travels in a cookie that scripts cannot read.
import { defineStore } from 'pinia'
import { computed, ref, watch } from 'vue'

import { actFor, answer, api } from '@/api/client'
import { hasCode } from '@/api/problem'
import { forgetCustomer } from '@/api/queries'
import type { Customer } from '@/api/types'
import { browserStorage } from '@/browser-storage'
import { currentLocale, isLocaleChosen, useLocale } from '@/i18n'
import { type Locale, LOCALES } from '@/i18n/locales'

/** Whether a customer signed in in this browser; only the cookie says which one. */
const STORED_AS = 'signed-in'

export const useSession = defineStore('session', () => {
  const customer = ref<Customer | null>(null)
  const signedIn = computed(() => customer.value !== null)
  let asked: Promise<void> | null = null

  /** Asks who is signed in, unless no customer ever signed in here: most visitors are guests. */
  function resume(): Promise<void> {
    return browserStorage.get(STORED_AS) ? ready() : Promise.resolve()
  }

  /** Asks once who is signed in; later calls wait for the same answer. */
  function ready(): Promise<void> {
    asked ??= load().catch(() => {
      // Without an answer the visitor is a guest for now, and the next call asks again.
      asked = null
    })
    return asked
  }

  async function load(): Promise<void> {
    try {
      customer.value = await answer(api.GET('/api/v1/account'))
      browserStorage.set(STORED_AS, 'yes')
    } catch (error) {
      if (!hasCode(error, 'UNAUTHENTICATED')) throw error
      customer.value = null
      browserStorage.remove(STORED_AS)
    }
  }

  async function signUp(body: { email: string; password: string; name: string }): Promise<void> {
    await enter((await answer(api.POST('/api/v1/account', { body }))).customer)
  }

  async function signIn(body: { email: string; password: string }): Promise<void> {
    await enter((await answer(api.POST('/api/v1/session', { body }))).customer)
  }

  async function enter(who: Customer): Promise<void> {
    await speakTo(who)
    customer.value = who
    browserStorage.set(STORED_AS, 'yes')
    asked = Promise.resolve()
    await forgetCustomer()
  }

  // The page's calls are for the customer whom the page shows.
  watch(customer, (shown) => actFor(shown?.id ?? null), { flush: 'sync' })

  // When a customer changes the language, the store saves it, because mails are written in it.
  watch(currentLocale, (language: Locale) => {
    if (!customer.value || customer.value.language === language) return
    // If the call fails, the page changes its language all the same, and mails stay in the former one.
    answer(api.POST('/api/v1/account/settings', { body: { language } })).then(keep, () => {})
  })

  /** Takes over the customer as the store has just sent them. */
  function keep(changed: Customer): void {
    customer.value = changed
  }

  async function signOut(): Promise<void> {
    await answer(api.DELETE('/api/v1/session'))
    leave()
  }

  /** The session ended, here or elsewhere. */
  function leave(): void {
    customer.value = null
    browserStorage.remove(STORED_AS)
    asked = Promise.resolve()
    void forgetCustomer()
  }

  return { customer, signedIn, resume, ready, load, signUp, signIn, signOut, keep, leave }
})

/** On a new device the app speaks the customer's own language, unless the customer chose another one here. */
async function speakTo(who: Customer): Promise<void> {
  const own = LOCALES.find((locale) => locale === who.language)
  if (own && own !== currentLocale.value && !isLocaleChosen()) await useLocale(own)
}
