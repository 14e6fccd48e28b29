//! The SQL of rent, one file a table or two. Nothing else names sqlx; what is read here comes out as the domain's types.

pub(crate) mod attempts;
pub(crate) mod customers;
pub(crate) mod entitlements;
pub(crate) mod mail_tokens;
pub(crate) mod open_orders;
pub(crate) mod orders;
pub(crate) mod playbacks;
pub(crate) mod reservations;
pub(crate) mod sandbox;
pub(crate) mod sessions;
pub(crate) mod signing_keys;
pub(crate) mod watchlist;

use store::{Error, Migrations};

use crate::entitlement::{Holding, Kind};
use crate::id::{OfferId, TitleId};
use crate::price::Money;

/// The schema of rent's database.
pub static MIGRATIONS: Migrations = store::migrations!();

/// What is stored is not what this program writes.
fn corrupt(what: &str, value: &dyn std::fmt::Debug) -> Error {
    Error::Corrupt(format!("{what}: {value:?}"))
}

fn title(text: &str) -> Result<TitleId, Error> {
    TitleId::parse(text).ok_or_else(|| corrupt("a title's id", &text))
}

fn offer(text: &str) -> Result<OfferId, Error> {
    OfferId::parse(text).ok_or_else(|| corrupt("an offer's id", &text))
}

fn money(minor: i64, currency_code: &str) -> Result<Money, Error> {
    Money::parse(minor, currency_code).ok_or_else(|| corrupt("an amount", &(minor, currency_code)))
}

/// A hash or a key of fixed length.
fn bytes<const N: usize>(stored: Vec<u8>) -> Result<[u8; N], Error> {
    stored
        .try_into()
        .map_err(|stored: Vec<u8>| corrupt("bytes of another length", &stored.len()))
}

fn holding(kind: &str, start_window_hours: i32, viewing_window_hours: i32) -> Result<Holding, Error> {
    match kind {
        _ if kind == Kind::Buy.name() => Ok(Holding::Purchase),
        _ if kind == Kind::Rent.name() => Ok(Holding::Rental {
            start_window_hours,
            viewing_window_hours,
        }),
        _ => Err(corrupt("a kind", &kind)),
    }
}
