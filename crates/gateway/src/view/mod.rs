//! The shapes that the public API answers with, and how the services' messages become them.

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
pub(crate) use payment::{DeclineReason, NextAction, PaymentMethod};
pub use time::Time;
pub(crate) use title::{Film, Holding, OrderedTitle, Title, TitleItem, Titles, can_be_ordered, poster_url};

use crate::problem::Problem;

/// The largest page of a list.
const PAGE_LIMIT: i32 = 100;

/// How much of a list was asked for; 0 leaves it to the service.
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

/// An empty text of the contracts is nothing in the public API.
pub(crate) fn some_text(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

/// So is a number that is 0 where 0 means unknown or not applying.
pub(crate) fn some_number(number: i32) -> Option<i32> {
    (number != 0).then_some(number)
}
