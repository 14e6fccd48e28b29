//! What `SQLite`'s planner knows of the tables' sizes. `PostgreSQL` looks after its own.
//!
//! Statistics that are older than the data mislead: those of a table with one row turn look-ups by key into scans once it
//! has a hundred thousand. So they are taken at start and daily, from a sample, and those of small tables are thrown
//! away: without any, the planner takes every table for a large one, which costs a small one nothing.

use std::time::Duration;

use sqlx::SqlitePool;

use crate::db::Db;
use crate::error::Error;

/// How long statistics are good, and how long a reading connection keeps those that it began with.
pub const STATISTICS_VALIDITY: Duration = Duration::from_hours(24);
/// Rows of each index that are looked at: more tells the planner little and takes long.
const SAMPLE: &str = "PRAGMA analysis_limit = 1000";
/// Tables with fewer rows may grow a hundredfold before the statistics are taken again.
const FORGET_SMALL: &str =
    "DELETE FROM sqlite_stat1 WHERE CAST(substr(stat, 1, instr(stat || ' ', ' ') - 1) AS INTEGER) < 10000";
/// Has this connection's planner use what is in the tables now.
const READ_AGAIN: &str = "ANALYZE sqlite_schema";

impl Db {
    /// Takes the statistics again, once a day. Readers see them when their connections are renewed.
    pub async fn refresh_statistics(&self) -> Result<(), Error> {
        match self {
            Self::Sqlite(db) => refresh(&db.writer).await,
            Self::Postgres(_) => Ok(()),
        }
    }
}

pub(crate) async fn refresh(writer: &SqlitePool) -> Result<(), Error> {
    let mut connection = writer.acquire().await?;
    for statement in [SAMPLE, "ANALYZE", FORGET_SMALL, READ_AGAIN] {
        sqlx::query(statement).execute(&mut *connection).await?;
    }
    Ok(())
}
