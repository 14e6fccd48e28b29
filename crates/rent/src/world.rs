//! Data for the tests of the rules: one customer and one film.

use payments::Money;
use uuid::Uuid;

use crate::customer::{Customer, Email, Language, Name};
use crate::id::{CustomerId, EntitlementId, OfferId, OrderId, PlaybackId, TitleId};
use crate::library::entitlement::{Entitlement, Holding};
use crate::mail::letterhead::{Letterhead, StoreProfile};
use crate::order::OrderItem;
use crate::order::offer::Offer;

pub(crate) fn customer_id(number: u8) -> CustomerId {
    CustomerId::new(Uuid::from_u128(number.into()))
}

pub(crate) fn order_id(number: u8) -> OrderId {
    OrderId::new(Uuid::from_u128(number.into()))
}

pub(crate) fn entitlement_id(number: u8) -> EntitlementId {
    EntitlementId::new(Uuid::from_u128(number.into()))
}

pub(crate) fn playback_id(number: u8) -> PlaybackId {
    PlaybackId::new(Uuid::from_u128(number.into()))
}

pub(crate) fn title_id(number: u8) -> TitleId {
    TitleId::parse(&format!("title-{number}")).unwrap()
}

pub(crate) fn offer_id(number: u8) -> OfferId {
    OfferId::parse(&format!("offer-{number}")).unwrap()
}

pub(crate) fn letterhead() -> Letterhead {
    let profile = StoreProfile {
        name: "Cine Clube".to_owned(),
        ..StoreProfile::default()
    };
    Letterhead::new(profile, "https://films.example/")
}

pub(crate) fn price() -> Money {
    Money::parse(1490, "BRL").unwrap()
}

/// Thirty days to start, 48 hours to watch.
pub(crate) fn rental() -> Holding {
    Holding::Rental {
        start_window_hours: 720,
        viewing_window_hours: 48,
    }
}

pub(crate) fn customer() -> Customer {
    Customer {
        id: customer_id(1),
        email: Email::parse("ana@example.com").unwrap(),
        name: Name::parse("Ana Souza").unwrap(),
        email_verified: false,
        language: Language::nearest("en"),
        staff: false,
        reminders: true,
        created_at_us: 0,
    }
}

/// A rental of a film of 94 minutes, granted at 0 and not started.
pub(crate) fn entitlement() -> Entitlement {
    Entitlement {
        id: entitlement_id(1),
        customer: customer_id(1),
        order: order_id(1),
        title: title_id(1),
        title_name: "Nosferatu".to_owned(),
        runtime_minutes: 94,
        holding: rental(),
        granted_at_us: 0,
        started_at_us: None,
        ended_at_us: None,
        position_seconds: 0,
    }
}

/// The offer to rent that film.
pub(crate) fn offer() -> Offer {
    Offer {
        id: offer_id(1),
        title: title_id(1),
        title_name: "Nosferatu".to_owned(),
        runtime_minutes: 94,
        price: price(),
        holding: rental(),
        is_open: true,
        playable: true,
    }
}

/// That offer at the price the customer saw.
pub(crate) fn item() -> OrderItem {
    OrderItem {
        offer: offer_id(1),
        price: price(),
    }
}
