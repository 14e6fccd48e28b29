//! `SQLite` and `PostgreSQL` behind one [`Db`]; page tokens, change feeds, jobs, clocks, ids, test databases. Knows
//! the tables of its own jobs, feeds and clock, and no other.
//!
//! SQL is plain text, written once: `$1`, `RETURNING` and `ON CONFLICT` mean the same on both engines. Where the
//! engines differ, [`Dialects`] holds both texts. Ids are `BLOB` on `SQLite` and `UUID` on `PostgreSQL`; money and time
//! are `INTEGER` and `BIGINT` (`i64` in Rust), booleans are `INTEGER` and `BOOLEAN`.
//!
//! ```no_run
//! use store::{Db, Error, Feed, Source, exactly_one, execute, fetch_all, fetch_optional, write_tx};
//! use uuid::Uuid;
//!
//! #[derive(sqlx::FromRow)]
//! struct ShelfRow {
//!     id: Uuid,
//!     name: String,
//! }
//!
//! async fn shelf(mut on: impl Source, id: Uuid) -> Result<Option<ShelfRow>, Error> {
//!     fetch_optional!(on, ShelfRow, "SELECT id, name FROM shelf WHERE id = $1", id)
//! }
//!
//! async fn shelves(db: &Db) -> Result<Vec<ShelfRow>, Error> {
//!     fetch_all!(db, ShelfRow, "SELECT id, name FROM shelf ORDER BY id LIMIT $1", 100_i64)
//! }
//!
//! async fn rename(db: &Db, feed: &Feed, id: Uuid, name: &str) -> Result<i64, Error> {
//!     write_tx!(db, |tx| {
//!         let revision = feed.next_revision(tx).await?;
//!         exactly_one(execute!(tx, "UPDATE shelf SET name = $2, revision = $3 WHERE id = $1", id, name, revision)?)?;
//!         let renamed = shelf(&mut *tx, id).await?;
//!         assert!(renamed.is_some());
//!         Ok(revision)
//!     })
//! }
//! ```
//!
//! A service's schema is `static MIGRATIONS: Migrations = store::migrations!();`. Its tests enable the feature
//! `testing` and run on both engines: `store::each_engine!(MIGRATIONS: a_shelf_is_renamed);` for `async fn
//! a_shelf_is_renamed(db: &Db)`. On a machine without `PostgreSQL` only the `SQLite` half runs.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod clock;
mod contention;
mod db;
mod error;
pub mod feed;
pub mod ids;
pub mod jobs;
mod journal;
mod migrate;
pub mod page;
mod pooler;
pub mod randomness;
mod source;
mod sql;
pub mod stamp;
mod statistics;
mod storage;
#[cfg(feature = "testing")]
pub mod testing;
mod transaction;
mod writes;

/// A log directive that hides the notices of `PostgreSQL`, which are no news ("already exists, skipping", or that a
/// failed commit left nothing to roll back). The server cannot be told to omit them, because that would be a setting of
/// the session.
pub const QUIET: &str = "sqlx::postgres::notice=error";

pub use clock::{Clock, ShiftedClock, SystemClock};
pub use contention::{CONTENTION_PATIENCE, MAX_ATTEMPTS, Retry};
pub use db::{Db, Durability, Migrations, PostgresDb, PostgresOptions, SqliteDb, SqliteOptions};
pub use error::{Error, exactly_one};
pub use feed::Feed;
pub use ids::{Ids, TimeOrderedIds};
pub use page::{InvalidPageSize, InvalidPageToken, PageSize, PageToken};
pub use randomness::{OsRandomness, QuickRandomness, Randomness};
pub use source::Source;
#[doc(hidden)]
pub use source::ran;
pub use sql::{Dialects, List, Listed, Sql};
/// The macros name it.
#[doc(hidden)]
pub use sqlx;
pub use stamp::Stamp;
pub use statistics::STATISTICS_VALIDITY;
pub use storage::{StorageCause, causes};
pub use transaction::Tx;
#[doc(hidden)]
pub use {
    contention::Attempts,
    source::{ConnectionGuard, Lease},
    sql::{batches, values_text},
};
