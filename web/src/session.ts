// Who is signed in. The session itself travels in a cookie that scripts cannot read.
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'

import { answer, api } from '@/api/client'
import { hasCode } from '@/api/problem'
import { forgetCustomer } from '@/api/queries'
import type { Customer } from '@/api/types'

export const useSession = defineStore('session', () => {
  const customer = ref<Customer | null>(null)
  const signedIn = computed(() => customer.value !== null)
  let asked: Promise<void> | null = null

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
    } catch (error) {
      if (!hasCode(error, 'UNAUTHENTICATED')) throw error
      customer.value = null
    }
  }

  async function signUp(body: { email: string; password: string; name: string }): Promise<void> {
    await enter((await answer(api.POST('/api/v1/account', { body }))).customer)
  }

  async function signIn(body: { email: string; password: string }): Promise<void> {
    await enter((await answer(api.POST('/api/v1/session', { body }))).customer)
  }

  async function enter(who: Customer): Promise<void> {
    customer.value = who
    asked = Promise.resolve()
    await forgetCustomer()
  }

  async function signOut(): Promise<void> {
    await answer(api.DELETE('/api/v1/session'))
    leave()
  }

  /** The session ended, here or elsewhere. */
  function leave(): void {
    customer.value = null
    asked = Promise.resolve()
    void forgetCustomer()
  }

  return { customer, signedIn, ready, load, signUp, signIn, signOut, leave }
})
