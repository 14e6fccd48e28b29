import { screen, waitFor } from '@testing-library/vue'
import userEvent from '@testing-library/user-event'
import { expect, test } from 'vitest'

import { useSession } from '@/session'
import { customer } from '@/testing/fixtures'
import { renderIn } from '@/testing/render'
import { json, problem, serve } from '@/testing/server'

import SignUpForm from './SignUpForm.vue'

const CREATE = 'POST /api/v1/account'

async function fill(values: { name?: string; email?: string; password?: string }) {
  const user = userEvent.setup()
  const form = await renderIn(SignUpForm)
  const fields = { Name: values.name, 'E-mail': values.email, Password: values.password }
  for (const [label, value] of Object.entries(fields)) if (value) await user.type(screen.getByLabelText(label), value)
  await user.click(screen.getByRole('button', { name: 'Open an account' }))
  return form
}

const good = { name: 'Ana', email: ' ana@example.com ', password: 'giraffe on the roof' }

test('an empty form says at each field what is missing and sends nothing', async () => {
  const received = serve({})
  await fill({})
  expect(screen.getByLabelText('Name')).toHaveAccessibleDescription('Please fill this in.')
  expect(screen.getByLabelText('E-mail')).toHaveAccessibleDescription('This does not look like an e-mail address.')
  expect(screen.getByLabelText('Password')).toHaveAccessibleDescription('Please take at least 8 characters.')
  expect(screen.getByLabelText('Password')).toBeInvalid()
  expect(received).toHaveLength(0)
})

test('a new account is signed in at once', async () => {
  const received = serve({
    [CREATE]: () => json({ customer: customer(), token: 'token', expires_at: '2027-01-01T00:00:00Z' }, 201),
  })
  await fill(good)
  await waitFor(() => expect(useSession().customer?.name).toBe('Ana'))
  expect(received[0]?.body).toEqual({ ...good, email: 'ana@example.com' })
})

test('an address that is taken shows an error at its field', async () => {
  serve({ [CREATE]: () => problem(409, 'EMAIL_TAKEN') })
  await fill(good)
  await waitFor(() =>
    expect(screen.getByLabelText('E-mail')).toHaveAccessibleDescription(/already an account with this address/),
  )
})

test('a weak password shows an error at its field, in the reader’s language', async () => {
  serve({
    [CREATE]: () => problem(400, 'PASSWORD_TOO_WEAK', { fields: [{ field: 'password', message: 'Too weak.' }] }),
  })
  await fill(good)
  await waitFor(() => expect(screen.getByLabelText('Password')).toHaveAccessibleDescription(/too easy to guess/))
})

test('a fault of the whole form is shown above its button', async () => {
  serve({ [CREATE]: () => problem(429, 'RATE_LIMITED') })
  await fill(good)
  expect(await screen.findByRole('alert')).toHaveTextContent('That was a little fast.')
})
