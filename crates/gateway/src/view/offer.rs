//! Offers in the JSON of the public API.

use api::catalogue;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Money, Time, some_number};

/// How a title can be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum OfferKind {
    Rent,
    Buy,
}

impl From<catalogue::OfferKind> for OfferKind {
    fn from(kind: catalogue::OfferKind) -> Self {
        match kind {
            catalogue::OfferKind::Buy => Self::Buy,
            catalogue::OfferKind::Rent | catalogue::OfferKind::Unspecified => Self::Rent,
        }
    }
}

impl From<OfferKind> for catalogue::OfferKind {
    fn from(kind: OfferKind) -> Self {
        match kind {
            OfferKind::Rent => Self::Rent,
            OfferKind::Buy => Self::Buy,
        }
    }
}

/// A way to get a title: its price and, for a rental, its two windows.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Offer {
    #[schema(format = "uuid")]
    id: String,
    kind: OfferKind,
    price: Money,
    /// From payment to the first play; null for a purchase.
    #[schema(required)]
    start_window_hours: Option<i32>,
    /// From the first play to the end; null for a purchase.
    #[schema(required)]
    viewing_window_hours: Option<i32>,
    /// When it can first be ordered; null is without a bound.
    #[schema(required)]
    available_from: Option<Time>,
    /// When it can last be ordered; null is without a bound.
    #[schema(required)]
    available_until: Option<Time>,
}

impl From<catalogue::Offer> for Offer {
    fn from(offer: catalogue::Offer) -> Self {
        Self {
            kind: offer.kind().into(),
            id: offer.offer_id,
            price: offer.price.into(),
            start_window_hours: some_number(offer.start_window_hours),
            viewing_window_hours: some_number(offer.viewing_window_hours),
            available_from: Time::some(offer.available_from_us),
            available_until: Time::some(offer.available_until_us),
        }
    }
}
