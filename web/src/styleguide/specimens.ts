// What the style guide shows: invented films with extreme names and facts, and the names of its parts.
import type { Offer, TitleItem } from '@/api/types'
import { storeNow } from '@/store-clock'

export const SIZES = ['text-hero', 'text-head', 'text-title', 'text-lead', 'text-base', 'text-small'] as const

export const ROLES = [
  ['bg-surface', 'surface'],
  ['bg-raised', 'raised'],
  ['bg-sunken', 'sunken'],
  ['bg-line', 'line'],
  ['bg-control', 'control'],
  ['bg-text', 'text'],
  ['bg-text-muted', 'text-muted'],
  ['bg-accent', 'accent'],
  ['bg-accent-strong', 'accent-strong'],
  ['bg-accent-text', 'accent-text'],
  ['bg-danger', 'danger'],
  ['bg-skeleton', 'skeleton'],
] as const

export const RATINGS = ['L', '10', '12', '14', '16', '18']

export const WORDS = {
  guide: 'Style guide',
  type: 'Type',
  colour: 'Colour',
  icons: 'Icons',
  buttons: 'Buttons',
  fields: 'Fields',
  chips: 'Chips, choices, ratings',
  posters: 'Posters',
  rows: 'Rows',
  offers: 'Offers',
  notices: 'Notices',
  dialogs: 'Dialogs',
  primary: 'Primary',
  secondary: 'Secondary',
  quiet: 'Quiet',
  pending: 'Pending',
  disabled: 'Disabled',
  link: 'A link',
  field: 'Name',
  hint: 'As it should be called.',
  error: 'This is not a name.',
  choice: 'Order',
  on: 'Silent',
  off: 'Comedy',
  notice: 'Nothing here yet',
  words: 'A few words, short, warm and exact.',
  open: 'Open the dialog',
  sheet: 'Open the sheet',
  sample: 'The Night of the Lamp',
} as const

export const offers: Offer[] = [
  {
    id: 'rent',
    kind: 'rent',
    price: { amount_minor: 1490, currency_code: 'BRL', minor_digits: 2 },
    start_window_hours: 720,
    viewing_window_hours: 48,
    available_from: null,
    available_until: null,
  },
  {
    id: 'buy',
    kind: 'buy',
    price: { amount_minor: 3990, currency_code: 'BRL', minor_digits: 2 },
    start_window_hours: null,
    viewing_window_hours: null,
    available_from: null,
    available_until: new Date(storeNow() + 5 * 86_400_000).toISOString(),
  },
]

function film(id: string, name: string, ground: string, more: Partial<TitleItem> = {}): TitleItem {
  return {
    id,
    name,
    display_name: name,
    year: 1927,
    runtime_minutes: 94,
    genres: ['Drama'],
    director: 'F. W. Murnau',
    age_rating: '12',
    // There is no such poster: the frame shows its colour and the name.
    poster_url: '/posters/none.svg',
    palette: { ground, shape: '#b3261e', accent: '#e0a030', ink: '#f5eee3' },
    offers,
    composition: null,
    playable: true,
    ...more,
  }
}

export const films: TitleItem[] = [
  film('1', 'M', '#7a1f1f'),
  film('2', 'Sunrise: A Song of Two Humans', '#1f3a5f'),
  film('3', 'ליל המנורה', '#28502e', { director: 'אסתר כהן' }),
  film('4', 'Supercalifragilisticexpialidocious'.repeat(6).slice(0, 200), '#4b2a5a'),
  film('5', 'Nobody Knows', '#5a4a2a', { director: null, year: null, age_rating: null }),
]
