// What the forms accept; the messages are names of texts. The store checks again, and checks more.
import * as z from 'zod/mini'

import type { TextKey } from '@/i18n'

const text = (key: TextKey) => key

const LONGEST_EMAIL = 254
const SHORTEST_PASSWORD = 8
const LONGEST_PASSWORD = 200
const LONGEST_NAME = 100

// Rejects only obvious slips: the mail to the address is the proof.
const email = z
  .string()
  .check(z.trim(), z.regex(/^[^\s@]+@[^\s@]+$/, text('form.email')), z.maxLength(LONGEST_EMAIL, text('form.email')))

const newPassword = z
  .string()
  .check(
    z.minLength(SHORTEST_PASSWORD, text('form.password_short')),
    z.maxLength(LONGEST_PASSWORD, text('form.password_long')),
  )

const name = z
  .string()
  .check(z.trim(), z.minLength(1, text('form.required')), z.maxLength(LONGEST_NAME, text('form.name_long')))

/** Any text: the store compares it with the present password. */
const presentPassword = z.string().check(z.minLength(1, text('form.required')))

export const signInSchema = z.object({ email, password: presentPassword })

export const signUpSchema = z.object({
  name,
  email,
  password: newPassword,
})

export const emailSchema = z.object({ email })
export const newPasswordSchema = z.object({ password: newPassword })
export const nameSchema = z.object({ name })
export const changeEmailSchema = z.object({ email, current_password: presentPassword })
export const changePasswordSchema = z.object({ current_password: presentPassword, password: newPassword })
export const presentPasswordSchema = z.object({ current_password: presentPassword })
