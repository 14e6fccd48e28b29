// Refunds in words, and what they leave of a payment.
import { hasCode } from '@/api/problem'
import type { Money, Order } from '@/api/types'
import { optionalText, t } from '@/i18n'
import { formatMoney } from '@/i18n/format'
import { problemText } from '@/i18n/problem-text'

/** Whether the customer can have the money of an order back, as far as the browser can tell; the store decides. */
export function isRefundable({ refundable_until }: Order, now: number): boolean {
  return refundable_until !== null && now < Date.parse(refundable_until)
}

/** What is left of the payment when all refunds are taken off. */
export function leftAfterRefunds({ total, refunds }: Order): Money {
  const refunded = refunds.reduce((sum, { amount }) => sum + amount.amount_minor, 0)
  return { ...total, amount_minor: total.amount_minor - refunded }
}

/** What a refunded order means for the money. */
export function refundedText({ total, refunds }: Order): string {
  if (refunds.some(({ state }) => state === 'failed')) return t('refund.failed_text')
  if (refunds.some(({ reason }) => reason === 'already_held')) return t('refund.already_held_text')
  if (refunds.some(({ reason }) => reason === 'paid_too_late')) return t('refund.paid_too_late_text')
  const amount = formatMoney(total)
  return t(refunds.every(({ state }) => state === 'succeeded') ? 'refund.returned_text' : 'refund.pending_text', {
    amount,
  })
}

/** Why the store gave no refund. */
export function refusalText(error: unknown): string {
  const rule = hasCode(error, 'REFUND_NOT_ALLOWED') ? error.body.rule : undefined
  return (rule && optionalText(`refund.refused.${rule}`)) || problemText(error)
}
