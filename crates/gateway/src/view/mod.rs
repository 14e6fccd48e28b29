//! The JSON forms of the public API, and how the services' messages become them.

mod entitlement;
mod money;
mod offer;
mod order;
mod payment;
mod time;
mod title;

pub(crate) use entitlement::{Entitlement, LibraryEntry};
pub(crate) use money::{Money, Price};
pub(crate) use offer::{Offer, OfferKind};
pub(crate) use order::OrderStage;
pub(crate) use payment::{DeclineReason, NextAction, PaymentMethod, Refund};
pub use time::Time;
pub(crate) use title::{Film, Holding, OrderedTitle, Title, TitleItem, Titles, can_be_ordered, poster_url};

use crate::problem::Problem;

/// The largest page of a list.
const PAGE_LIMIT: i32 = 100;

/// The size of a page that the client asked for; 0 leaves it to the service.
pub(crate) fn page_size(asked: Option<i32>) -> Result<i32, Problem> {
    match asked {
        None => Ok(0),
        Some(size) if (1..=PAGE_LIMIT).contains(&size) => Ok(size),
        Some(_) => Err(Problem::invalid(
            "page_size",
            format!("A page has 1 to {PAGE_LIMIT} entries."),
        )),
    }
}

/// An empty text of the contracts is null in the public API.
pub(crate) fn some_text(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

/// A number that is 0 for "unknown" or "not applicable" is null too.
pub(crate) fn some_number(number: i32) -> Option<i32> {
    (number != 0).then_some(number)
}
