// Money, dates and lengths of time in the reader's language.
import type { Money, TitleItem } from '@/api/types'

import { currentLocale, t } from '.'

const SECONDS_PER_MINUTE = 60
const SECONDS_PER_HOUR = 3_600
const MINUTES_PER_HOUR = 60
/** A length of time up to this is told in hours, and a longer one in days; the mails do the same (rent/src/mail). */
const TELL_HOURS_UP_TO = 48

const formatters = new Map<string, Intl.NumberFormat>()

function numbers(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = currentLocale.value + JSON.stringify(options)
  let formatter = formatters.get(key)
  if (!formatter) {
    formatter = new Intl.NumberFormat(currentLocale.value, options)
    formatters.set(key, formatter)
  }
  return formatter
}

/** An amount with as many digits as the store says: the browser's own table of currencies is another one. */
export function formatMoney({ amount_minor, currency_code, minor_digits }: Money): string {
  return currency(currency_code, minor_digits).format(decimal(amount_minor, minor_digits))
}

/** Whole amounts without their noughts, for bounds such as "R$ 10". */
export function formatRoundMoney({ amount_minor, currency_code, minor_digits }: Money): string {
  const formatter = currency(currency_code, minor_digits, { trailingZeroDisplay: 'stripIfInteger' })
  return formatter.format(decimal(amount_minor, minor_digits))
}

function currency(code: string, digits: number, more: Intl.NumberFormatOptions = {}): Intl.NumberFormat {
  const places = { minimumFractionDigits: digits, maximumFractionDigits: digits }
  return numbers({ style: 'currency', currency: code, ...places, ...more })
}

// A decimal string keeps the amount exact: no float ever holds money.
function decimal(minor: number, digits: number): Intl.StringNumericLiteral {
  const sign = minor < 0 ? '-' : ''
  const text = String(Math.abs(minor)).padStart(digits + 1, '0')
  const number = digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`
  return (sign + number) as Intl.StringNumericLiteral
}

export function formatNumber(value: number): string {
  return numbers({}).format(value)
}

function formatDays(days: number): string {
  return numbers({ style: 'unit', unit: 'day', unitDisplay: 'long', useGrouping: false }).format(days)
}

/** A running time, such as "1 h 34 min". */
export function formatMinutes(minutes: number): string {
  const hours = Math.floor(minutes / MINUTES_PER_HOUR)
  const rest = minutes % MINUTES_PER_HOUR
  const parts = [hours > 0 && `${hours} h`, (rest > 0 || hours === 0) && `${rest} min`]
  return parts.filter(Boolean).join(' ')
}

/** A window, such as "48 h", "30 days" or "2 days 23 h": never rounded, as it is what is bought. */
export function formatWindow(hours: number): string {
  if (hours <= TELL_HOURS_UP_TO) return `${hours} h`
  const [days, rest] = [formatDays(Math.floor(hours / 24)), hours % 24]
  return rest > 0 ? `${days} ${rest} h` : days
}

/** What is left of a window, as coarse as is useful: "29 days 23 h", "47 h 59 min", "59 min 12 s". */
export function formatRemaining(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds))
  const hours = Math.floor(whole / SECONDS_PER_HOUR)
  const minutes = Math.floor(whole / SECONDS_PER_MINUTE)
  if (hours >= TELL_HOURS_UP_TO) return formatWindow(hours)
  return hours > 0 ? formatMinutes(minutes) : `${minutes} min ${whole % SECONDS_PER_MINUTE} s`
}

/** The same without seconds, where they do not matter; its last minute is "1 min". */
export function formatRemainingMinutes(seconds: number): string {
  return seconds >= SECONDS_PER_HOUR ? formatRemaining(seconds) : formatMinutes(Math.ceil(seconds / SECONDS_PER_MINUTE))
}

export function formatDateTime(time: string): string {
  return new Intl.DateTimeFormat(currentLocale.value, { dateStyle: 'medium', timeStyle: 'short' }).format(
    new Date(time),
  )
}

/** The time of day. */
export function formatTime(time: string): string {
  return new Intl.DateTimeFormat(currentLocale.value, { timeStyle: 'short' }).format(new Date(time))
}

export function formatDate(time: string): string {
  return new Intl.DateTimeFormat(currentLocale.value, { dateStyle: 'long' }).format(new Date(time))
}

/** A day that is near: "Dec 3". */
export function formatDay(time: string): string {
  return new Intl.DateTimeFormat(currentLocale.value, { day: 'numeric', month: 'short' }).format(new Date(time))
}

export function formatCountry(code: string): string {
  return displayName('region', code)
}

const codesByName = new Map<string, string>()

/** A country that is written by its English name, or by its code. */
export function formatCountryNamed(written: string): string {
  if (codesByName.size === 0) {
    const english = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' })
    for (const code of twoLetters()) codesByName.set((english.of(code) ?? code).toLowerCase(), code)
  }
  const code = codesByName.get(written.toLowerCase())
  return code || /^[A-Z]{2}$/.test(written) ? formatCountry(code ?? written) : written
}

function twoLetters(): string[] {
  const letters = Array.from({ length: 26 }, (_, place) => String.fromCharCode(65 + place))
  return letters.flatMap((first) => letters.map((second) => first + second))
}

/** The tag of what has no words in it. */
const WORDLESS = 'zxx'

export function formatLanguage(tag: string): string {
  return tag === WORDLESS ? t('catalogue.wordless') : displayName('language', tag)
}

/** With a capital at its beginning, for names that many languages write small within a sentence. */
export function asHeading(words: string): string {
  return words.charAt(0).toLocaleUpperCase(currentLocale.value) + words.slice(1)
}

// Imports bring codes that Intl refuses as ill-formed; those are shown as they are.
function displayName(type: 'region' | 'language', code: string): string {
  try {
    return new Intl.DisplayNames(currentLocale.value, { type }).of(code) ?? code
  } catch {
    return code
  }
}

export function formatList(items: string[]): string {
  return new Intl.ListFormat(currentLocale.value, { type: 'conjunction' }).format(items)
}

/** A decade by its first year: "1920s", "anos 1920". */
export function formatDecade(decade: string | number): string {
  return t('catalogue.decade', { decade })
}

/** Who made a film, and when, as far as that is known. */
export function formatByline({ director, year }: Pick<TitleItem, 'director' | 'year'>): string {
  return [director, year].filter(Boolean).join(' · ')
}
