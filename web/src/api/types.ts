// Short names for the contract's types.
import type { components, paths } from './schema.gen'

type Schemas = components['schemas']

export type ChangedTitles = Schemas['ChangedTitles']
export type Collection = Schemas['Collection']
export type CollectionPage = Schemas['CollectionPage']
export type Customer = Schemas['Customer']
export type DeviceSession = Schemas['DeviceSession']
export type Entitlement = Schemas['Entitlement']
export type FacetCount = Schemas['FacetCount']
export type Facets = Schemas['Facets']
export type LibraryEntry = Schemas['LibraryEntry']
export type Money = Schemas['Money']
export type Offer = Schemas['Offer']
export type OfferedMethod = Schemas['OfferedMethod']
export type Order = Schemas['Order']
export type OrderItem = Schemas['OrderItem']
export type Person = Schemas['Person']
export type PlaceOrder = Schemas['PlaceOrder']
export type PlayerWord = Schemas['PlayerWord']
export type Refund = Schemas['Refund']
export type RelatedTitle = Schemas['RelatedTitle']
export type StoreProfile = Schemas['StoreProfile']
export type StoreWord = Schemas['StoreWord']
export type Suggestion = Schemas['Suggestion']
export type Title = Schemas['Title']
export type TitleItem = Schemas['TitleItem']
export type TitlePage = Schemas['TitlePage']
export type TitleSort = Schemas['TitleSort']
export type TitleKind = Schemas['TitleKind']

export type TitleFilters = Omit<NonNullable<paths['/api/v1/titles']['get']['parameters']['query']>, 'page_token'>
