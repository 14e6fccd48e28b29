// The calls on the page: the same call over each chosen transport, one after the other, because the lab makes one at a time.
import { computed, onScopeDispose, shallowReactive, shallowRef } from 'vue'

import { lookInto } from './look-into'
import type { LabAnswered, LabBegan, LabCall, LabEvent, LabLine, LabRepeats, LabTransport } from './types'

/** A call over one transport, as far as its events have arrived. */
export interface Run {
  transport: LabTransport
  began: LabBegan | null
  events: readonly LabEvent[]
  answered: LabAnswered | null
  repeated: LabRepeats | null
  fault: string | null
}

export function useCalls() {
  const runs = shallowRef<Run[]>([])
  const running = shallowRef<LabTransport | null>(null)
  /** Why the lab refused to make the call. */
  const refusal = shallowRef<unknown>(null)
  let leave = new AbortController()

  /** Makes the call over each transport; cancels a call that is under way. */
  async function make(call: Omit<LabCall, 'transport'>, transports: LabTransport[]): Promise<void> {
    leave.abort()
    const mine = (leave = new AbortController())
    runs.value = []
    refusal.value = null
    try {
      for (const transport of transports) {
        running.value = transport
        const run = shallowReactive(empty(transport))
        runs.value = [...runs.value, run]
        await lookInto({ ...call, transport }, mine.signal, (lines) => hear(run, lines))
      }
    } catch (error) {
      if (mine.signal.aborted) return
      runs.value = runs.value.filter((run) => run.began)
      refusal.value = error
    }
    if (!mine.signal.aborted) running.value = null
  }

  onScopeDispose(() => leave.abort())

  const answered = computed(() => runs.value.filter((run) => run.answered))
  return { runs, running, refusal, answered, make }
}

function empty(transport: LabTransport): Run {
  return { transport, began: null, events: [], answered: null, repeated: null, fault: null }
}

function hear(run: Run, lines: LabLine[]): void {
  const events: LabEvent[] = []
  for (const line of lines) {
    if (line.type === 'began') run.began = line
    else if (line.type === 'event') events.push(line)
    else if (line.type === 'answered') run.answered = line
    else if (line.type === 'repeated') run.repeated = line
    else run.fault = line.detail
  }
  if (events.length > 0) run.events = [...run.events, ...events]
}

/** How long the longest of them took, in microseconds: one scale for all. */
export function spanOf(runs: readonly Run[]): number {
  return Math.max(1, ...runs.map((run) => run.events.at(-1)?.at_us ?? 0))
}
