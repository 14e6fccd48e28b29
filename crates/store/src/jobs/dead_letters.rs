//! Jobs that failed for good: staff see them, and retry or drop them.

use sqlx::FromRow;
use uuid::Uuid;

use super::{DEAD_LETTER_VALIDITY, Jobs, micros};
use crate::error::Error;
use crate::transaction::Tx;
use crate::{execute, fetch_all, write_tx};

/// A job that failed for good.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct DeadLetter {
    #[sqlx(rename = "job_id")]
    pub id: Uuid,
    pub kind: String,
    #[sqlx(rename = "job_key")]
    pub key: String,
    /// When it failed for the last time, in microseconds since 1970 (UTC).
    #[sqlx(rename = "run_at_us")]
    pub failed_at_us: i64,
    pub attempts: i64,
    pub last_error: String,
}

impl Jobs {
    /// The dead letters that failed last, at most `limit`.
    pub async fn dead_letters(&self, limit: i64) -> Result<Vec<DeadLetter>, Error> {
        const LIST: &str = "SELECT job_id, kind, job_key, run_at_us, attempts, last_error FROM jobs \
                            WHERE is_dead = TRUE ORDER BY run_at_us DESC LIMIT $1";
        fetch_all!(&self.db, DeadLetter, LIST, limit)
    }

    /// Has a dead letter run again at once; false where there is none.
    pub async fn retry(&self, id: Uuid) -> Result<bool, Error> {
        const RETRY: &str = "UPDATE jobs SET is_dead = FALSE, attempts = 0, run_at_us = $2, token = token + 1 \
                             WHERE job_id = $1 AND is_dead = TRUE";
        let now_us = self.clock.now_us();
        let retried = write_tx!(self.db, read committed, |tx| -> Result<u64, Error> {
            tx.wake_on_commit(&self.wake);
            execute!(tx, RETRY, id, now_us)
        })?;
        Ok(retried == 1)
    }

    /// Takes a dead letter away; false where there is none.
    pub async fn drop_dead_letter(&self, id: Uuid) -> Result<bool, Error> {
        const DROP: &str = "DELETE FROM jobs WHERE job_id = $1 AND is_dead = TRUE";
        let dropped = write_tx!(self.db, read committed, |tx| -> Result<u64, Error> { execute!(tx, DROP, id) })?;
        Ok(dropped == 1)
    }

    pub(super) async fn forget_old_dead_letters(&self, tx: &mut Tx) -> Result<(), Error> {
        const FORGET: &str = "DELETE FROM jobs WHERE is_dead = TRUE AND run_at_us < $1";
        let before_us = self.clock.now_us().saturating_sub(micros(DEAD_LETTER_VALIDITY));
        execute!(tx, FORGET, before_us)?;
        Ok(())
    }
}
