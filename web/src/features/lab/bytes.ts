// Names the bytes of a frame and of a message.
import type { LabEvent, LabField } from './types'

/** The two digits of each byte. */
export function bytesOf(hex: string): string[] {
  return hex.match(/../g) ?? []
}

/** A byte as a letter, or a dot if it is not printable. */
export function letterOf(byte: string): string {
  const code = Number.parseInt(byte, 16)
  return code > 0x20 && code < 0x7f ? String.fromCharCode(code) : '·'
}

export interface Part {
  name: 'length' | 'type' | 'flags' | 'stream'
  bytes: string
  value: string
}

const END_STREAM = 0x1
const END_HEADERS = 0x4

/** The nine bytes before the content of an HTTP/2 frame (RFC 9113, section 4.1). */
export function partsOfHead({ head_hex, stream, frame }: LabEvent): Part[] {
  const bytes = bytesOf(head_hex)
  if (bytes.length !== 9) return []
  const [length, type, flags, id] = [bytes.slice(0, 3), bytes.slice(3, 4), bytes.slice(4, 5), bytes.slice(5)]
  return [
    { name: 'length', bytes: length.join(' '), value: String(Number.parseInt(length.join(''), 16)) },
    { name: 'type', bytes: type.join(' '), value: frame === 'TRAILERS' ? 'HEADERS' : frame },
    { name: 'flags', bytes: flags.join(' '), value: flagsOf(frame, Number.parseInt(flags.join(''), 16)) },
    { name: 'stream', bytes: id.join(' '), value: String(stream ?? 0) },
  ]
}

function flagsOf(frame: string, flags: number): string {
  if (['SETTINGS', 'PING'].includes(frame)) return flags & END_STREAM ? 'ACK' : '–'
  const names = [flags & END_STREAM && 'END_STREAM', flags & END_HEADERS && 'END_HEADERS'].filter(Boolean)
  return names.join(', ') || '–'
}

/** The innermost field that this byte is in. */
export function fieldAt(fields: readonly LabField[], byte: number): LabField | null {
  return fields.findLast(({ start, end }) => start <= byte && byte < end) ?? null
}
