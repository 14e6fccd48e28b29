//! The statistics from which `SQLite`'s planner estimates the sizes of tables. `PostgreSQL` maintains its own.
//!
//! Outdated statistics mislead the planner: those of a table with one row turn look-ups by key into scans once the
//! table has a hundred thousand rows. So they are taken from a sample at start and daily, and those of small tables are
//! deleted: a table without statistics counts as large, which costs little for a small one.

use std::pin::pin;
use std::time::Duration;

use sqlx::SqlitePool;

use crate::db::Db;
use crate::error::Error;

/// How long statistics count as valid, and how long a reading connection uses those that it began with.
pub const STATISTICS_VALIDITY: Duration = Duration::from_hours(24);
/// How many rows of each index are sampled: more would take long and improve the plans little.
const SAMPLE: &str = "PRAGMA analysis_limit = 1000";
/// Tables with fewer rows may grow a hundredfold before the statistics are taken again.
const FORGET_SMALL: &str =
    "DELETE FROM sqlite_stat1 WHERE CAST(substr(stat, 1, instr(stat || ' ', ' ') - 1) AS INTEGER) < 10000";
/// Makes this connection's planner load the statistics that are in the tables now.
const READ_AGAIN: &str = "ANALYZE sqlite_schema";

impl Db {
    /// Takes the statistics again each time that so much time has passed, until the end.
    pub async fn keep_statistics(&self, interval: Duration, end: impl Future<Output = ()>) {
        let mut end = pin!(end);
        while tokio::time::timeout(interval, &mut end).await.is_err() {
            if let Err(error) = self.refresh_statistics().await {
                tracing::warn!(%error, "the planner works with old statistics");
            }
        }
    }

    /// Takes the statistics again. Readers use them once their connections are renewed.
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
