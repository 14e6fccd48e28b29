import { screen, waitFor, within } from '@testing-library/vue'
import userEvent from '@testing-library/user-event'
import { expect, test } from 'vitest'

import type { DeviceSession } from '@/api/types'
import { renderIn } from '@/testing/render'
import { empty, json, problem, serve } from '@/testing/server'

import DeviceList from './DeviceList.vue'

const LIST = 'GET /api/v1/account/sessions'

function session(overrides: Partial<DeviceSession> = {}): DeviceSession {
  return {
    id: 'here',
    browser: 'Firefox',
    system: 'Linux',
    signed_in_at: '2026-11-24T12:00:00Z',
    last_seen_at: '2026-11-24T12:00:00Z',
    current: true,
    ...overrides,
  }
}
const phone = session({ id: 'phone', browser: 'Safari', system: 'iPhone', current: false })

test('each device has its name, and this one is marked and cannot be signed out here', async () => {
  serve({
    [LIST]: () =>
      json({ sessions: [session(), phone, session({ id: 'x', browser: null, system: null, current: false })] }),
  })
  await renderIn(DeviceList)
  const [here, there, unknown] = await screen.findAllByRole('listitem')
  expect(here).toHaveTextContent(/Firefox on Linux.*This device/)
  expect(
    within(screen.getByText('This device').closest('li') as HTMLElement).queryByRole('button'),
  ).not.toBeInTheDocument()
  expect(there).toHaveTextContent(/Safari on iPhone.*Last seen/)
  expect(unknown).toHaveTextContent('A device we do not know')
})

test('a device that is signed out leaves the list', async () => {
  let sessions = [session(), phone]
  const received = serve({
    [LIST]: () => json({ sessions }),
    'DELETE /api/v1/account/sessions/phone': () => {
      sessions = [session()]
      return empty()
    },
  })
  await renderIn(DeviceList)
  await userEvent.click(await screen.findByRole('button', { name: /Sign out.*Safari on iPhone/ }))
  await waitFor(() => expect(screen.getAllByRole('listitem')).toHaveLength(1))
  expect(received.map(({ call }) => call)).toContain('DELETE /api/v1/account/sessions/phone')
  expect(screen.queryByRole('button', { name: /every other/ })).not.toBeInTheDocument()
})

test('a sign-out that fails shows its reason', async () => {
  serve({
    [LIST]: () => json({ sessions: [session(), phone] }),
    'DELETE /api/v1/account/sessions': () => problem(503, 'UNAVAILABLE'),
  })
  await renderIn(DeviceList)
  await userEvent.click(await screen.findByRole('button', { name: /every other/ }))
  expect(await screen.findByRole('alert')).toBeInTheDocument()
})
