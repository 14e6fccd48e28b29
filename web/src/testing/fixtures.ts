// A small world for unit tests, built with overrides and held to the contract's types.
import type { Customer, Entitlement, LibraryEntry, Money, Offer, Order, Refund, Title, TitleItem } from '@/api/types'

export function money(amount_minor: number, currency_code = 'BRL', minor_digits = 2): Money {
  return { amount_minor, currency_code, minor_digits }
}

export function rentOffer(overrides: Partial<Offer> = {}): Offer {
  return {
    id: 'offer-rent',
    kind: 'rent',
    price: money(1490),
    start_window_hours: 720,
    viewing_window_hours: 48,
    available_from: null,
    available_until: null,
    ...overrides,
  }
}

export function buyOffer(overrides: Partial<Offer> = {}): Offer {
  return rentOffer({
    id: 'offer-buy',
    kind: 'buy',
    price: money(3990),
    start_window_hours: null,
    viewing_window_hours: null,
    ...overrides,
  })
}

export function titleItem(overrides: Partial<TitleItem> = {}): TitleItem {
  return {
    id: 'nosferatu',
    name: 'Nosferatu',
    display_name: 'Nosferatu',
    year: 1922,
    runtime_minutes: 94,
    genres: ['Horror', 'Silent'],
    director: 'F. W. Murnau',
    age_rating: '12',
    poster_url: '/posters/nosferatu.svg',
    palette: { ground: '#f2e8d5', shape: '#b3261e', accent: '#20408a', ink: '#181410' },
    offers: [rentOffer(), buyOffer()],
    composition: null,
    playable: true,
    ...overrides,
  }
}

export function title(overrides: Partial<Title> = {}): Title {
  return {
    ...titleItem(),
    orders_open: true,
    original_name: 'Nosferatu, eine Symphonie des Grauens',
    synopsis: 'A clerk travels to sell a house.',
    countries: ['DE'],
    languages: ['de'],
    subtitle_languages: ['pt-BR', 'en'],
    directors: [{ id: 'murnau', name: 'F. W. Murnau' }],
    cast: [{ id: 'schreck', name: 'Max Schreck' }],
    trailer_url: null,
    licence: 'Public domain',
    has_media: true,
    subtitles: [],
    has_chapters: false,
    related: [],
    entitlement: null,
    ...overrides,
  }
}

export function entitlement(overrides: Partial<Entitlement> = {}): Entitlement {
  return {
    id: 'entitlement',
    title_id: 'nosferatu',
    kind: 'rent',
    state: 'not_started',
    granted_at: '2026-11-24T12:00:00Z',
    start_by: '2026-12-24T12:00:00Z',
    started_at: null,
    watch_until: null,
    taken_back_at: null,
    viewing_window_hours: 48,
    resume_position_seconds: 0,
    ...overrides,
  }
}

export function libraryEntry(overrides: Partial<LibraryEntry> = {}): LibraryEntry {
  return { ...entitlement(), title: titleItem(), ...overrides }
}

export function order(overrides: Partial<Order> = {}): Order {
  return {
    id: 'order',
    state: 'fulfilled',
    items: [
      {
        offer_id: 'offer-rent',
        title: {
          id: 'nosferatu',
          name: 'Nosferatu',
          display_name: 'Nosferatu',
          year: 1922,
          poster_url: '/posters/nosferatu.svg',
        },
        kind: 'rent',
        price: money(1490),
        start_window_hours: 720,
        viewing_window_hours: 48,
      },
    ],
    subtotal: money(1490),
    discount: money(0),
    tax: money(0),
    total: money(1490),
    payment_method: 'card',
    decline_reason: null,
    created_at: '2026-11-24T12:00:00Z',
    entitlements: [entitlement()],
    next_action: null,
    refunds: [],
    refundable_until: null,
    ...overrides,
  }
}

export function refund(overrides: Partial<Refund> = {}): Refund {
  return {
    id: 'refund',
    amount: money(1490),
    reason: 'withdrawal',
    state: 'pending',
    decided_at: '2026-11-25T12:00:00Z',
    ends_access: true,
    ...overrides,
  }
}

export function customer(overrides: Partial<Customer> = {}): Customer {
  return {
    id: 'customer',
    email: 'ana@example.com',
    name: 'Ana',
    email_verified: true,
    language: 'en',
    reminders: true,
    staff: false,
    ...overrides,
  }
}
