// Answers of the lab for unit tests.
import type { LabEvent, LabField, LabMessage } from '@/features/lab/types'

export const EVENT: LabEvent = {
  at_us: 120,
  way: 'back',
  connection: 0,
  stream: 1,
  frame: 'DATA',
  bytes: 18,
  head_hex: '000009000100000001',
  start: '',
  headers: [],
  detail: '',
  messages: [],
  is_last: true,
}
const field = (name: string, number: number, start: number, value: string): LabField => ({
  depth: 0,
  name,
  number,
  written_as: 'varint',
  start,
  value_start: start + 1,
  end: start + 2,
  value,
})
export const ACTION = field('action', 1, 0, 'BEAT')
export const POSITION = field('position_seconds', 2, 2, '10')
export const MESSAGE: LabMessage = {
  number: 1,
  bytes: 9,
  payload_bytes: 4,
  payload_hex: '0802100a',
  fields: [ACTION, POSITION],
  is_cut: false,
}
export const LAB = {
  transports: ['local', 'grpc', 'rest'],
  kinds: [
    { kind: 'unary', most_records: 100 },
    { kind: 'server_stream', most_records: 500 },
  ],
  most_repeats: 200,
  has_report: false,
}

const totals = (bytes: number) => ({ bytes, frames: 1, messages: 1, payload_bytes: 4 })
export const linesOf = (transport: string) => [
  {
    type: 'began',
    kind: 'unary',
    transport,
    method: 'dvs.catalogue.v1.CatalogueService.SearchTitles',
    rest: 'GET /v1/titles',
    request: 'SearchTitlesRequest',
    answer: 'SearchTitlesResponse',
    format: 'protobuf',
  },
  { type: 'event', ...EVENT, messages: [MESSAGE] },
  {
    type: 'answered',
    took_us: 1500,
    first_us: 1400,
    records: 1,
    there: totals(0),
    back: totals(18),
    unread_bytes: 0,
    missed_bytes: 0,
  },
]

/** The lines, split at places that are not the ends of lines. */
export function inPieces(lines: unknown[]): Response {
  const bytes = new TextEncoder().encode(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  const body = new ReadableStream({
    start(controller) {
      for (let at = 0; at < bytes.length; at += 7) controller.enqueue(bytes.slice(at, at + 7))
      controller.close()
    },
  })
  return new Response(body, { headers: { 'Content-Type': 'application/x-ndjson' } })
}
