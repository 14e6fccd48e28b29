// The page of a payment provider, to which the shop sends the customer.

/** The address, if it is one of the web; null for anything else, which would run as a script or open another program. */
export function paymentPage(url: string): string | null {
  const parsed = URL.parse(url)
  return parsed && (parsed.protocol === 'https:' || parsed.protocol === 'http:') ? parsed.href : null
}

/** Leaves the shop for the provider's page. */
export function goToPaymentPage(url: string): void {
  const page = paymentPage(url)
  if (page) window.location.assign(page)
}
