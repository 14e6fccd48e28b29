//! The time is passed in, so that a test and the lab can move it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use crate::db::Db;
use crate::error::{Error, exactly_one};
use crate::{execute, fetch_one, write_tx};

/// How often a store in the lab reads whether its clock was moved.
const LAB_CLOCK_POLL: Duration = Duration::from_millis(500);
const MICROSECONDS_A_SECOND: i64 = 1_000_000;
/// How far the lab's clock may be moved in one call: ten years.
const SHIFT_LIMIT_SECONDS: u64 = 10 * 365 * 24 * 60 * 60;

/// Where the time comes from.
pub trait Clock: Send + Sync {
    /// Microseconds since 1970, UTC.
    fn now_us(&self) -> i64;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is what is injected")]
    fn now_us(&self) -> i64 {
        let since_1970 = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        i64::try_from(since_1970.as_micros()).unwrap_or(i64::MAX)
    }
}

/// The lab's clock: another clock, shifted by the offset in the database's `lab_clock` table.
///
/// Each service's migrations hold the table (on `PostgreSQL` `SMALLINT`, `BIGINT` and no `STRICT`):
///
/// ```sql
/// CREATE TABLE lab_clock (id INTEGER PRIMARY KEY CHECK (id = 1), offset_seconds INTEGER NOT NULL) STRICT;
/// INSERT INTO lab_clock (id, offset_seconds) VALUES (1, 0);
/// ```
pub struct ShiftedClock {
    base: Arc<dyn Clock>,
    offset_seconds: AtomicI64,
}

impl ShiftedClock {
    pub fn new(base: Arc<dyn Clock>) -> Self {
        Self {
            base,
            offset_seconds: AtomicI64::new(0),
        }
    }

    /// Reads the offset from the database now and every half second. Ends only when it is dropped.
    pub async fn follow(&self, db: &Db) {
        loop {
            if let Err(error) = self.read(db).await {
                tracing::warn!(%error, "the lab's clock could not be read");
            }
            tokio::time::sleep(LAB_CLOCK_POLL).await;
        }
    }

    /// Whether the clock may be moved this far at once.
    pub fn may_shift(by_seconds: i64) -> bool {
        by_seconds.unsigned_abs() <= SHIFT_LIMIT_SECONDS
    }

    /// Moves the clock of every role on this database, and returns the new time. This process's clock has moved when
    /// the call returns; other processes follow within half a second.
    pub async fn shift(&self, db: &Db, by_seconds: i64) -> Result<i64, Error> {
        const SHIFT: &str = "UPDATE lab_clock SET offset_seconds = offset_seconds + $1 WHERE id = 1";
        let before_us = self.now_us();
        write_tx!(db, |tx| -> Result<(), Error> {
            exactly_one(execute!(tx, SHIFT, by_seconds)?)
        })?;
        self.read(db).await?;
        Ok(before_us.saturating_add(by_seconds.saturating_mul(MICROSECONDS_A_SECOND)))
    }

    /// Reads the offset from the database once.
    pub async fn read(&self, db: &Db) -> Result<(), Error> {
        let seconds = lab_offset_seconds(db).await?;
        self.offset_seconds.store(seconds, Ordering::Relaxed);
        Ok(())
    }
}

impl Clock for ShiftedClock {
    fn now_us(&self) -> i64 {
        let offset_us = self
            .offset_seconds
            .load(Ordering::Relaxed)
            .saturating_mul(MICROSECONDS_A_SECOND);
        self.base.now_us().saturating_add(offset_us)
    }
}

/// How far the lab's clock is ahead of the machine's.
pub async fn lab_offset_seconds(db: &Db) -> Result<i64, Error> {
    let (seconds,) = fetch_one!(db, (i64,), "SELECT offset_seconds FROM lab_clock WHERE id = 1")?;
    Ok(seconds)
}
