// A span of years: "1922–1931", or one year alone.
export function spanOfYears(first: number | null, last: number | null): string {
  if (first === null || last === null || first === last) return String(first ?? last ?? '')
  return `${first}–${last}`
}
