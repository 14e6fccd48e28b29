//! The schema of rent's database, and how its columns become the domain's types. The SQL is in the `store` of each domain;
//! nothing else names sqlx.

use payments::Money;
use store::{Error, Migrations};
use uuid::Uuid;

use crate::id::{OfferId, TitleId};
use crate::library::entitlement::{Holding, Kind};

/// The schema of rent's database.
pub static MIGRATIONS: Migrations = store::migrations!();

/// The error for a stored value that this program cannot have written.
pub(crate) fn corrupt(what: &str, value: &dyn std::fmt::Debug) -> Error {
    Error::Corrupt(format!("{what}: {value:?}"))
}

pub(crate) fn title(text: &str) -> Result<TitleId, Error> {
    TitleId::parse(text).ok_or_else(|| corrupt("a title's id", &text))
}

pub(crate) fn offer(text: &str) -> Result<OfferId, Error> {
    OfferId::parse(text).ok_or_else(|| corrupt("an offer's id", &text))
}

pub(crate) fn money(minor: i64, currency_code: &str) -> Result<Money, Error> {
    Money::parse(minor, currency_code).ok_or_else(|| corrupt("an amount", &(minor, currency_code)))
}

/// A hash or a key of fixed length.
pub(crate) fn bytes<const N: usize>(stored: Vec<u8>) -> Result<[u8; N], Error> {
    stored
        .try_into()
        .map_err(|stored: Vec<u8>| corrupt("bytes of another length", &stored.len()))
}

pub(crate) fn holding(kind: &str, start_window_hours: i32, viewing_window_hours: i32) -> Result<Holding, Error> {
    match kind {
        _ if kind == Kind::Buy.name() => Ok(Holding::Purchase),
        _ if kind == Kind::Rent.name() => Ok(Holding::Rental {
            start_window_hours,
            viewing_window_hours,
        }),
        _ => Err(corrupt("a kind", &kind)),
    }
}

/// Pairs what was read by its ids with the revisions at which it changed, in the order of the changes.
pub(crate) fn with_revisions<T>(
    changed: Vec<(Uuid, i64)>,
    mut found: Vec<T>,
    id: impl Fn(&T) -> Uuid,
) -> Vec<(T, i64)> {
    let pair = |(changed, revision)| {
        let place = found.iter().position(|one| id(one) == changed)?;
        Some((found.swap_remove(place), revision))
    };
    changed.into_iter().filter_map(pair).collect()
}
