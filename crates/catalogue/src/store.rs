//! The schema of the catalogue's database. The SQL of a domain is in its own `store`.

use store::{Error, Migrations};

/// The schema of the catalogue's database.
pub static MIGRATIONS: Migrations = store::migrations!();

/// What is stored is not what this program writes.
pub(crate) fn corrupt(what: &str, value: &dyn std::fmt::Debug) -> Error {
    Error::Corrupt(format!("{what}: {value:?}"))
}
