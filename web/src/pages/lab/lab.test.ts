// The lab's page: calls that are made and opened, a lab that is busy, a store without a lab.
import userEvent from '@testing-library/user-event'
import { screen, within } from '@testing-library/vue'
import { beforeAll, expect, test, vi } from 'vitest'

import { speakLab } from '@/features/lab/texts'
import { inPieces, LAB, linesOf } from '@/testing/lab'
import { renderIn } from '@/testing/render'
import { json, problem, serve } from '@/testing/server'

import LabPage from './index.vue'

beforeAll(speakLab)

test('a call is made over each chosen transport, and all its frames are in a table', async () => {
  const received = serve({
    'GET /api/v1/lab': () => json(LAB),
    'POST /api/v1/lab/calls': ({ body }) => inPieces(linesOf((body as { transport: string }).transport)),
  })
  const user = userEvent.setup()
  await renderIn(LabPage, { at: '/lab' })
  await user.click(await screen.findByRole('button', { name: 'Make the call' }))
  const figures = await screen.findByRole('table', { name: 'The same call over each transport' })
  await vi.waitFor(() => expect(within(figures).getAllByText('1.5 ms')).toHaveLength(2))
  const calls = received.filter(({ call }) => call === 'POST /api/v1/lab/calls')
  expect(calls.map(({ body }) => (body as { transport: string }).transport)).toEqual(['grpc', 'rest'])

  const table = screen.getByRole('table', { name: 'Everything that went by over gRPC' })
  const row = within(table).getByRole('button', { name: 'Open DATA, 1 of 1' })
  await user.click(row)
  expect(row).toHaveAttribute('aria-expanded', 'true')
  expect(within(table).getByText('END_STREAM')).toBeVisible()
  expect(within(table).getByText('SearchTitlesResponse, message 1')).toBeVisible()
})

test('the keyboard moves along the timeline, the page says where, and Enter opens a row', async () => {
  serve({
    'GET /api/v1/lab': () => json(LAB),
    'POST /api/v1/lab/calls': () => inPieces(linesOf('grpc')),
  })
  const user = userEvent.setup()
  Element.prototype.scrollIntoView = () => {}
  await renderIn(LabPage, { at: '/lab' })
  await user.click(await screen.findByRole('checkbox', { name: /^REST/ }))
  await user.click(screen.getByRole('button', { name: 'Make the call' }))
  const timeline = await screen.findByRole('group', { name: 'What went by over gRPC, in time' })
  timeline.focus()
  await user.keyboard('{ArrowRight}')
  expect(screen.getByText('1 of 1: DATA, to the caller, 18 bytes, after 0.12 ms')).toBeVisible()
  await user.keyboard('{Enter}')
  await vi.waitFor(() => expect(screen.getByRole('button', { name: 'Open DATA, 1 of 1' })).toHaveFocus())
})

test('a store without a lab says so', async () => {
  serve({ 'GET /api/v1/lab': () => problem(404, 'NOT_FOUND') })
  await renderIn(LabPage, { at: '/lab' })
  expect(await screen.findByRole('heading', { name: 'This store has no lab' })).toBeVisible()
})

test('a lab that is busy says so, and the page shows no call', async () => {
  serve({
    'GET /api/v1/lab': () => json(LAB),
    'POST /api/v1/lab/calls': () => problem(503, 'UNAVAILABLE', {}, { 'Retry-After': '1' }),
  })
  const user = userEvent.setup()
  await renderIn(LabPage, { at: '/lab' })
  await user.click(await screen.findByRole('button', { name: 'Make the call' }))
  expect(await screen.findByRole('alert')).toBeVisible()
  expect(screen.queryByRole('table')).toBeNull()
})
