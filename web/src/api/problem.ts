// The API's refusals (RFC 9457), and requests that got no answer.
import type { components } from './schema.gen'

export type ProblemBody = components['schemas']['Problem']
export type ProblemCode = components['schemas']['ProblemCode']

/** A refusal of the API. */
export class Problem extends Error {
  constructor(
    readonly body: ProblemBody,
    readonly retryAfterSeconds: number | null,
  ) {
    super(body.detail)
    this.name = 'Problem'
  }

  get code(): ProblemCode {
    return this.body.code
  }

  static from(error: unknown, response: Response): Problem {
    const seconds = Number(response.headers.get('Retry-After'))
    return new Problem(isProblemBody(error) ? error : unexplained(response), seconds > 0 ? seconds : null)
  }
}

/** No answer came: the request may or may not have reached the store. */
export class NetworkFault extends Error {
  constructor(cause: unknown) {
    super('The store did not answer.', { cause })
    this.name = 'NetworkFault'
  }
}

export function hasCode(error: unknown, ...codes: ProblemCode[]): error is Problem {
  return error instanceof Problem && codes.includes(error.code)
}

/** Whether the resource does not exist, or not for this customer. */
export function isMissing(error: unknown): boolean {
  return error instanceof Problem && error.body.status === 404
}

/** Whether the same request may succeed later: its effect is unknown, or it had none. */
export function isPassing(error: unknown): boolean {
  return error instanceof NetworkFault || (error instanceof Problem && error.body.status >= 500)
}

function isProblemBody(value: unknown): value is ProblemBody {
  return typeof value === 'object' && value !== null && 'code' in value && 'status' in value
}

// A proxy on the way may answer with a page of its own.
function unexplained(response: Response): ProblemBody {
  return {
    type: 'about:blank',
    title: response.statusText,
    status: response.status,
    detail: response.statusText,
    code: response.status === 404 ? 'NOT_FOUND' : response.status >= 500 ? 'UNAVAILABLE' : 'INVALID_ARGUMENT',
    request_id: response.headers.get('X-Request-Id') ?? '',
  }
}
