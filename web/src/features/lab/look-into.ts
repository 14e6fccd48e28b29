// Asks the lab to make a call, and reads its events line by line.
import { answer, api } from '@/api/client'

import type { LabCall, LabLine } from './types'

/** Calls `hear` with the lines that arrived together, in order; resolves after the last line. */
export async function lookInto(call: LabCall, signal: AbortSignal, hear: (lines: LabLine[]) => void): Promise<void> {
  const body = await answer(api.POST('/api/v1/lab/calls', { body: call, signal, parseAs: 'stream' }))
  if (!body) return
  let begun = ''
  const reader = (body as ReadableStream<Uint8Array<ArrayBuffer>>).pipeThrough(new TextDecoderStream()).getReader()
  for (;;) {
    const { done, value } = await reader.read()
    const whole = (begun + (value ?? '')).split('\n')
    begun = done ? '' : (whole.pop() ?? '')
    const lines = whole.filter(Boolean).map((line) => JSON.parse(line) as LabLine)
    if (lines.length > 0) hear(lines)
    if (done) return
  }
}
