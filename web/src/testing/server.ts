// A fake store in unit tests: answers to the calls that a test expects, and a record of all calls.
import { vi } from 'vitest'

import type { ProblemBody, ProblemCode } from '@/api/problem'

export interface Received {
  call: string
  url: URL
  headers: Headers
  body: unknown
}

type Answer = (received: Received) => Response | Promise<Response>

/** Answers by call, such as `POST /api/v1/orders`; any other call is a fault of the test. */
export function serve(answers: Record<string, Answer>): Received[] {
  const received: Received[] = []
  vi.stubGlobal('fetch', async (request: Request) => {
    const url = new URL(request.url)
    const text = await request.text()
    const call = `${request.method} ${url.pathname}`
    const one = { call, url, headers: request.headers, body: text ? (JSON.parse(text) as unknown) : null }
    received.push(one)
    const answer = answers[call]
    if (!answer) throw new Error(`The test has no answer to ${call}.`)
    return answer(one)
  })
  return received
}

export function json(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } })
}

export function empty(status = 204): Response {
  return new Response(null, { status })
}

export function problem(
  status: number,
  code: ProblemCode,
  more: Partial<ProblemBody> = {},
  headers: Record<string, string> = {},
): Response {
  const body: ProblemBody = {
    type: 'about:blank',
    title: code,
    status,
    detail: 'English, for people.',
    code,
    request_id: 'request',
    ...more,
  }
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'Content-Type': 'application/problem+json', ...headers },
  })
}

export function networkFails(): Promise<Response> {
  return Promise.reject(new TypeError('Failed to fetch'))
}
