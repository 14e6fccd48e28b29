// The parts of the lab's page: lines that arrive in pieces, bytes and fields that highlight each other.
import userEvent from '@testing-library/user-event'
import { screen } from '@testing-library/vue'
import { beforeAll, expect, test } from 'vitest'

import { ACTION, EVENT, inPieces, linesOf, MESSAGE, POSITION } from '@/testing/lab'
import { renderIn } from '@/testing/render'
import { serve } from '@/testing/server'

import { fieldAt, partsOfHead } from './bytes'
import { lookInto } from './look-into'
import MessageView from './MessageView.vue'
import RepeatsPlot from './RepeatsPlot.vue'
import { speakLab } from './texts'
import type { LabCall, LabLine } from './types'

const CALL: LabCall = { kind: 'unary', transport: 'grpc', records: 1, batch: 1, repeats: 0 }

beforeAll(speakLab)

test('lines are read whole and in order, however they are split', async () => {
  const lines = [{ type: 'failed', code: 'INTERNAL', detail: 'é' }, ...linesOf('grpc')]
  serve({ 'POST /api/v1/lab/calls': () => inPieces(lines) })
  const heard: LabLine[] = []
  await lookInto(CALL, new AbortController().signal, (some) => heard.push(...some))
  expect(heard).toEqual(lines)
})

test('the head of a frame is named part by part', () => {
  const told = partsOfHead(EVENT).map(({ name, bytes, value }) => `${name} ${bytes} ${value}`)
  expect(told).toEqual(['length 00 00 09 9', 'type 00 DATA', 'flags 01 END_STREAM', 'stream 00 00 00 01 1'])
  expect(partsOfHead({ ...EVENT, head_hex: '8105' })).toEqual([])
})

test('a byte belongs to its innermost field', () => {
  const outer = { ...ACTION, end: 4 }
  expect(fieldAt([outer, POSITION], 3)?.name).toBe('position_seconds')
  expect(fieldAt([outer, POSITION], 1)?.name).toBe('action')
  expect(fieldAt([ACTION, POSITION], 4)).toBeNull()
})

test('choosing a field highlights its bytes', async () => {
  const user = userEvent.setup()
  const { container } = await renderIn(MessageView, {
    props: { message: MESSAGE, name: 'PlayRequest', isWritten: true },
  })
  expect(container.querySelectorAll('.bg-accent')).toHaveLength(0)
  const field = screen.getByRole('button', { name: 'position_seconds' })
  await user.click(field)
  expect(field).toHaveAttribute('aria-pressed', 'true')
  const lit = [...container.querySelectorAll('.w-8.bg-accent')].map((byte) => byte.textContent)
  expect(lit).toEqual(['0a·'])
})

test('a call that ran out of time says how many runs it made, and out of how many', async () => {
  const twice = { durations_us: [1500, 2500], p50_us: 1500, p99_us: 2500 }
  const runs = [
    { transport: 'grpc', repeated: { asked: 2, ...twice } },
    { transport: 'rest', repeated: { asked: 200, ...twice } },
  ]
  await renderIn(RepeatsPlot, { props: { runs } })
  const counts = screen.getAllByRole('row').map((row) => row.querySelector('td:not(:empty)')?.textContent)
  expect(counts.slice(1)).toEqual(['2', 'There was time for 2 of 200.'])
})
