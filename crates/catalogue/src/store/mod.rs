//! The SQL of the catalogue, one file a table or two. Nothing else names sqlx; what is read here comes out as the
//! domain's types.

pub(crate) mod collections;
pub(crate) mod credits;
pub(crate) mod files;
pub(crate) mod identity;
pub(crate) mod media;
pub(crate) mod offers;
pub(crate) mod titles;

use store::{Error, Migrations};

/// The schema of the catalogue's database.
pub static MIGRATIONS: Migrations = store::migrations!();

/// What is stored is not what this program writes.
fn corrupt(what: &str, value: &dyn std::fmt::Debug) -> Error {
    Error::Corrupt(format!("{what}: {value:?}"))
}
