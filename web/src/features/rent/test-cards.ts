// The sandbox's test cards, by their tokens.
export const TEST_CARDS = [
  'tok_visa',
  'tok_declined',
  'tok_insufficient_funds',
  'tok_timeout',
  'tok_error_once',
] as const
