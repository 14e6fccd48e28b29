// What the app reads: for each answer, the call that gets it and the key under which it is cached.
import {
  infiniteQueryOptions,
  MutationCache,
  type Query,
  QueryCache,
  QueryClient,
  type QueryFilters,
  queryOptions,
} from '@tanstack/vue-query'

import { currentLocale } from '@/i18n'

import { answer, api } from './client'
import { broughtAt, firstData } from './first-data'
import { hasCode, isPassing } from './problem'
import type { Collection, CollectionPage, Order, Person, Title, TitleFilters, TitlePage } from './types'

const MINUTE_MS = 60_000
const MAX_RETRIES = 2
const LISTS_KEPT_MS = 60 * MINUTE_MS
const LIBRARY_PAGE_SIZE = 100
const ORDERS_PAGE_SIZE = 20

// How often a page asks for the state of an order that is being paid.
const OPEN_ORDER_MS = 5_000

// How often a page asks whether the store takes orders again.
const CLOSED_TILL_MS = 10_000

let signedOut = (): void => {}

/** Sets what happens when the store answers that the session has ended, for example on another device. */
export function whenSignedOut(act: () => void): void {
  signedOut = act
}

function noticeSignOut(error: unknown): void {
  if (hasCode(error, 'UNAUTHENTICATED')) signedOut()
}

export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: noticeSignOut }),
  mutationCache: new MutationCache({ onError: noticeSignOut }),
  defaultOptions: {
    queries: {
      staleTime: MINUTE_MS,
      gcTime: 10 * MINUTE_MS,
      retry: (failures, error) => isPassing(error) && failures < MAX_RETRIES,
    },
    // A mutation without a network fails at once and shows an error; the library would otherwise send it later, unnoticed.
    mutations: { networkMode: 'always' },
  },
})

/** The first element of every key that belongs to the signed-in customer. */
const OWN = 'own'

/**
 * Loads again what a change has made stale. A request that is under way may have been answered before the change, and the
 * library does not repeat the first request of a query while it lasts; so this cancels requests that are under way.
 */
export async function askAgain(changed: QueryFilters = {}): Promise<void> {
  const found = new Set(queryClient.getQueryCache().findAll(changed))
  void queryClient.invalidateQueries({ ...changed, refetchType: 'none' })
  const shown: QueryFilters = { predicate: (query) => found.has(query), type: 'active' }
  await queryClient.cancelQueries(shown)
  await queryClient.refetchQueries(shown)
}

/** Removes what belonged to the customer who signed out, and loads again what is shown. */
export async function forgetCustomer(): Promise<void> {
  queryClient.removeQueries({ queryKey: [OWN] })
  await askAgain()
}

/** Loads again what an order or the start of a rental changes. */
export async function refreshHoldings(): Promise<void> {
  await Promise.all([askAgain({ queryKey: [OWN] }), askAgain({ queryKey: ['title'] })])
}

/** Loads again what a change of titles, such as a price, makes stale: their own pages, and lists that show them. */
export async function refreshTitles(ids: ReadonlySet<string>): Promise<void> {
  const shows = (data: unknown): boolean => {
    if (typeof data !== 'object' || data === null) return false
    if (Array.isArray(data)) return data.some(shows)
    return Object.entries(data).some(([name, value]) =>
      name === 'id' ? ids.has(value as string) : typeof value === 'object' && shows(value),
    )
  }
  const isTouched = ({ state }: Query): boolean =>
    state.data === undefined ? state.fetchStatus === 'fetching' : shows(state.data)
  await askAgain({ predicate: isTouched })
}

/** Loads again all that the page shows, for when no event says what has changed. */
export async function refreshShown(): Promise<void> {
  await askAgain({ type: 'active' })
}

export const titlesQuery = (query: TitleFilters) =>
  queryOptions({
    queryKey: ['titles', currentLocale.value, query],
    queryFn: ({ signal }) => answer(api.GET('/api/v1/titles', { params: { query }, signal })),
    initialData: () => firstData<TitlePage>('/api/v1/titles', query),
    initialDataUpdatedAt: broughtAt,
  })

function onePage<T>(page: T | undefined) {
  return page && { pages: [page], pageParams: [undefined] }
}

export const titlePagesQuery = (query: TitleFilters) =>
  infiniteQueryOptions({
    queryKey: ['title-pages', currentLocale.value, query],
    queryFn: ({ signal, pageParam }) =>
      answer(api.GET('/api/v1/titles', { params: { query: { ...query, page_token: pageParam } }, signal })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_page_token || undefined,
    // Long enough for a list to keep its place while the customer looks at films.
    gcTime: LISTS_KEPT_MS,
    // The library accepts a function that returns undefined here too; its types do not allow it.
    initialData: (() => onePage(firstData<TitlePage>('/api/v1/titles', query))) as unknown as undefined,
    initialDataUpdatedAt: broughtAt,
  })

export const suggestionsQuery = (q: string) =>
  queryOptions({
    queryKey: ['suggestions', currentLocale.value, q],
    queryFn: ({ signal }) => answer(api.GET('/api/v1/titles:suggest', { params: { query: { q } }, signal })),
  })

export const titleQuery = (title_id: string) =>
  queryOptions({
    queryKey: ['title', currentLocale.value, title_id],
    queryFn: ({ signal }) => answer(api.GET('/api/v1/titles/{title_id}', { params: { path: { title_id } }, signal })),
    initialData: () => firstData<Title>(`/api/v1/titles/${title_id}`),
    initialDataUpdatedAt: broughtAt,
    refetchInterval: ({ state }) => (state.data?.orders_open === false ? CLOSED_TILL_MS : false),
  })

export const personQuery = (person_id: string) =>
  queryOptions({
    queryKey: ['person', currentLocale.value, person_id],
    queryFn: ({ signal }) => answer(api.GET('/api/v1/people/{person_id}', { params: { path: { person_id } }, signal })),
    initialData: () => firstData<Person>(`/api/v1/people/${person_id}`),
    initialDataUpdatedAt: broughtAt,
  })

export const mostRentedQuery = () =>
  queryOptions({
    queryKey: ['most-rented', currentLocale.value],
    queryFn: ({ signal }) => answer(api.GET('/api/v1/titles:most-rented', { signal })),
  })

export const collectionsQuery = () =>
  infiniteQueryOptions({
    queryKey: ['collections', currentLocale.value],
    queryFn: ({ signal, pageParam }) =>
      answer(api.GET('/api/v1/collections', { params: { query: { page_token: pageParam } }, signal })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_page_token || undefined,
    initialData: (() => onePage(firstData<CollectionPage>('/api/v1/collections'))) as unknown as undefined,
    initialDataUpdatedAt: broughtAt,
  })

export const collectionQuery = (collection_id: string) =>
  queryOptions({
    queryKey: ['collection', currentLocale.value, collection_id],
    queryFn: ({ signal }) =>
      answer(api.GET('/api/v1/collections/{collection_id}', { params: { path: { collection_id } }, signal })),
    initialData: () => firstData<Collection>(`/api/v1/collections/${collection_id}`),
    initialDataUpdatedAt: broughtAt,
  })

export const libraryQuery = () =>
  infiniteQueryOptions({
    queryKey: [OWN, 'library', currentLocale.value],
    queryFn: ({ signal, pageParam }) =>
      answer(
        api.GET('/api/v1/library', {
          params: { query: { page_size: LIBRARY_PAGE_SIZE, page_token: pageParam } },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_page_token || undefined,
  })

export const watchlistQuery = () =>
  queryOptions({
    queryKey: [OWN, 'watchlist', currentLocale.value],
    queryFn: ({ signal }) => answer(api.GET('/api/v1/watchlist', { signal })),
  })

/** One order; while it is undecided it is loaded repeatedly, in case the event about it is lost. */
export const orderQuery = (order_id: string) =>
  queryOptions({
    queryKey: [OWN, 'order', order_id, currentLocale.value],
    queryFn: ({ signal }) => answer(api.GET('/api/v1/orders/{order_id}', { params: { path: { order_id } }, signal })),
    refetchInterval: ({ state }) => (state.data && isOpen(state.data) ? OPEN_ORDER_MS : false),
  })

/** Stores an order that the store has just sent. */
export function keepOrder(order: Order): void {
  queryClient.setQueryData(orderQuery(order.id).queryKey, order)
  void askAgain({ queryKey: [OWN, 'orders'] })
}

function isOpen({ state }: Order): boolean {
  return state === 'pending' || state === 'paid'
}

export const ordersQuery = () =>
  infiniteQueryOptions({
    queryKey: [OWN, 'orders'],
    queryFn: ({ signal, pageParam }) =>
      answer(
        api.GET('/api/v1/orders', {
          params: { query: { page_size: ORDERS_PAGE_SIZE, page_token: pageParam } },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_page_token || undefined,
  })

/** The methods by which a price in a currency can be paid. */
export const paymentMethodsQuery = (currency: string) =>
  queryOptions({
    queryKey: ['payment-methods', currency],
    queryFn: async ({ signal }) => {
      const store = await answer(api.GET('/api/v1/store', { params: { query: { currency } }, signal }))
      return store.payment_methods
    },
  })

export const sessionsQuery = () =>
  queryOptions({
    queryKey: [OWN, 'sessions'],
    queryFn: ({ signal }) => answer(api.GET('/api/v1/account/sessions', { signal })),
  })

/** Loads again what signing a device out changes. */
export async function refreshSessions(): Promise<void> {
  await askAgain({ queryKey: sessionsQuery().queryKey })
}

export type WordsName = 'terms' | 'privacy'

export const wordsQuery = (name: WordsName) =>
  queryOptions({
    queryKey: ['words', currentLocale.value, name],
    queryFn: ({ signal }) => answer(api.GET('/api/v1/words/{name}', { params: { path: { name } }, signal })),
    staleTime: Infinity,
  })
