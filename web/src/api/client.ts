// The one door to the API: typed calls that give their answer or throw a Problem or a NetworkFault.
import createClient from 'openapi-fetch'

import { hasLab } from './lab'
import { NetworkFault, Problem } from './problem'
import type { paths } from './schema.gen'

const ANSWER_WITHIN_MS = 20_000

let language = 'en'

/** The language in which names and synopses are asked for. */
export function speak(tag: string): void {
  language = tag
}

export const api = createClient<paths>({ baseUrl: location.origin, fetch: fetchWithin })

api.use({
  onRequest({ request }) {
    request.headers.set('Accept-Language', language)
  },
  onResponse({ response }) {
    if (response.headers.has('X-DVS-Lab')) hasLab.value = true
  },
})

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
  if (!response.ok) throw Problem.from(error, response)
  return data as T
}
