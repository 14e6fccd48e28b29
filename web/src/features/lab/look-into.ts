// Asks for a call to be made, and hears line by line what goes by.
import { answer, api } from '@/api/client'

import type { LabCall, LabLine } from './types'

/** Tells `hear` of what came together, in order; ends with the last line. */
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
