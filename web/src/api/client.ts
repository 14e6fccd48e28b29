// The only access to the API: typed calls that return the answer or throw a Problem or a NetworkFault.
import createClient from 'openapi-fetch'
import { ref } from 'vue'

import { hearStoreTime } from '@/store-clock'

import { hasLab } from './lab'
import { NetworkFault, Problem } from './problem'
import type { paths } from './schema.gen'

const ANSWER_WITHIN_MS = 20_000

/** The customer for whom the page was made; the store refuses a call of the page when another customer is signed in. */
const CUSTOMER = 'X-DVS-Customer'
/** Asks who is signed in now. This call carries no customer, so the store does not refuse it. */
const WHO = '/api/v1/account'

let language = 'en'
let customerId: string | null = null

/** Whether the store refused something because another customer has signed in since this page was made. */
export const customerChanged = ref(false)

/** The language in which names and synopses are asked for. */
export function speak(tag: string): void {
  language = tag
}

/** All later calls are for this customer. */
export function actFor(id: string | null): void {
  customerId = id
}

export const api = createClient<paths>({ baseUrl: location.origin, fetch: fetchWithin })

api.use({
  onRequest({ request }) {
    request.headers.set('Accept-Language', language)
    if (customerId && !asksWho(request)) request.headers.set(CUSTOMER, customerId)
  },
  onResponse({ response }) {
    hearStoreTime(response.headers.get('Date'))
    if (response.headers.has('X-DVS-Lab')) hasLab.value = true
  },
})

function asksWho(request: Request): boolean {
  return request.method === 'GET' && new URL(request.url).pathname === WHO
}

async function fetchWithin(request: Request): Promise<Response> {
  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(ANSWER_WITHIN_MS)])
  try {
    return await fetch(request, { signal })
  } catch (error) {
    if (request.signal.aborted) throw error
    throw new NetworkFault(error)
  }
}

type AnyResponse<T> = { data?: T; error?: unknown; response: Response }

/** The answer's body; a refusal is thrown as a Problem. */
export async function answer<T>(call: Promise<AnyResponse<T>>): Promise<T> {
  const { data, error, response } = await call
  if (!response.ok) {
    const problem = Problem.from(error, response)
    if (problem.code === 'CUSTOMER_CHANGED') customerChanged.value = true
    throw problem
  }
  return data as T
}
