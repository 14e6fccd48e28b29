//! The schema of the catalogue's database. The SQL of a domain is in its own `store`.

use store::{Error, Migrations};

/// The schema of the catalogue's database.
pub static MIGRATIONS: Migrations = store::migrations!();

/// The error for a stored value that this program cannot have written.
pub(crate) fn corrupt(what: &str, value: &dyn std::fmt::Debug) -> Error {
    Error::Corrupt(format!("{what}: {value:?}"))
}
