// What went wrong, in the reader's words: by the problem's code, never by the API's own English text.
import { NetworkFault, Problem } from '@/api/problem'

import { optionalText, t } from '.'

export function problemText(error: unknown): string {
  if (error instanceof Problem) return optionalText(`problem.${error.code}`) ?? t('problem.INTERNAL')
  if (error instanceof NetworkFault) return t('state.network')
  return t('problem.INTERNAL')
}

/** The problem's words beside the fields that it names. */
export function problemFields(error: unknown): Record<string, string> | null {
  if (!(error instanceof Problem)) return null
  if (error.code === 'EMAIL_TAKEN') return { email: problemText(error) }
  if (!error.body.fields?.length) return null
  const text = error.code === 'INVALID_ARGUMENT' ? t('form.invalid') : problemText(error)
  return Object.fromEntries(error.body.fields.map(({ field }) => [field, text]))
}
