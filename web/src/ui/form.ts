// A form: its values, checked by a schema before they are sent, and the errors of both sides beside their fields.
import { nextTick, reactive, type Ref, ref, shallowRef } from 'vue'
import * as z from 'zod/mini'

import { t, type TextKey } from '@/i18n'

// zod would otherwise try to compile schemas with `new Function`, which the content security policy forbids.
z.config({ jitless: true })

type Values = Record<string, string>

export interface Form<T extends Values> {
  values: T
  errors: Partial<Record<keyof T, string>>
  pending: Ref<boolean>
  /** The error of the last attempt to send it. */
  fault: Ref<unknown>
  submit: () => Promise<void>
}

/** The messages for single fields, if the error belongs to fields and not to the whole form. */
export type FieldFaults = (error: unknown) => Record<string, string> | null

export function useForm<T extends Values>(options: {
  initial: T
  /** Its messages are names of texts. */
  schema: z.ZodMiniType<T, T>
  send: (values: T) => Promise<void>
  fieldFaults?: FieldFaults
}): Form<T> {
  const values = reactive({ ...options.initial }) as T
  const errors = reactive<Partial<Record<string, string>>>({}) as Form<T>['errors']
  const pending = ref(false)
  const fault = shallowRef<unknown>(null)

  async function submit(): Promise<void> {
    if (pending.value) return
    fault.value = null
    for (const field of Object.keys(errors)) delete errors[field]
    const checked = options.schema.safeParse({ ...values })
    if (!checked.success) {
      for (const issue of checked.error.issues) report(String(issue.path[0]), t(issue.message as TextKey))
      void focusFirstError()
      return
    }
    pending.value = true
    try {
      await options.send(checked.data)
    } catch (error) {
      const faults = Object.entries(options.fieldFaults?.(error) ?? {}).filter(([field]) => field in values)
      if (faults.length === 0) fault.value = error
      for (const [field, message] of faults) report(field, message)
      if (faults.length > 0) void focusFirstError()
    } finally {
      pending.value = false
    }
  }

  function report(field: keyof T, message: string): void {
    errors[field] ??= message
  }

  return { values, errors, pending, fault, submit }
}

/** After a rejected form the focus moves to the first field with an error. */
async function focusFirstError(): Promise<void> {
  await nextTick()
  document.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
}
