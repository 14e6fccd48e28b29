//! Enqueuing jobs, leasing them, and ending them.

use std::sync::Arc;
use std::time::Duration;

use sqlx::FromRow;
use tokio::sync::watch;
use uuid::Uuid;

use super::{ERROR_LIMIT_CHARACTERS, Job, LONGEST_JITTER, LongestWaits, NewJob, PAYLOAD_LIMIT_BYTES, Retries, micros};
use crate::clock::Clock;
use crate::db::Db;
use crate::error::{Error, exactly_one};
use crate::ids::Ids;
use crate::sql::{Dialects, List};
use crate::transaction::Tx;
use crate::{execute, fetch_all, fetch_optional, write_tx};

/// The queue of one database. Clones wake each other's workers.
#[derive(Clone)]
pub struct Jobs {
    pub(super) db: Db,
    pub(super) clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    /// Woken when this process enqueues; other processes' jobs are found by looking.
    pub(super) wake: watch::Sender<()>,
}

#[derive(FromRow)]
struct LeasedRow {
    job_id: Uuid,
    kind: String,
    job_key: String,
    payload: String,
    attempts: i64,
    token: i64,
}

impl Jobs {
    pub fn new(db: Db, clock: Arc<dyn Clock>, ids: Arc<dyn Ids>) -> Self {
        let (wake, _) = watch::channel(());
        Self { db, clock, ids, wake }
    }

    /// Enqueues a job in the caller's transaction. Where one of this kind and key waits, or is a dead letter, it stays as
    /// it is.
    pub async fn enqueue(&self, tx: &mut Tx, job: NewJob<'_>) -> Result<(), Error> {
        const ENQUEUE: &str = "INSERT INTO jobs (job_id, kind, job_key, payload, run_at_us, created_at_us) \
                               VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (kind, job_key) DO NOTHING";
        self.insert(tx, ENQUEUE, job).await
    }

    /// Enqueues a job in place of the one of this kind and key, if there is one. A worker that has that one leased can no
    /// longer complete it.
    pub async fn replace(&self, tx: &mut Tx, job: NewJob<'_>) -> Result<(), Error> {
        const REPLACE: &str = "INSERT INTO jobs (job_id, kind, job_key, payload, run_at_us, created_at_us) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (kind, job_key) DO UPDATE SET payload = excluded.payload, \
             run_at_us = excluded.run_at_us, created_at_us = excluded.created_at_us, token = jobs.token + 1, \
             attempts = 0, is_dead = FALSE, last_error = ''";
        self.insert(tx, REPLACE, job).await
    }

    async fn insert(&self, tx: &mut Tx, statement: &'static str, job: NewJob<'_>) -> Result<(), Error> {
        let NewJob {
            kind,
            key,
            payload,
            run_at_us,
        } = job;
        debug_assert!(payload.len() <= PAYLOAD_LIMIT_BYTES, "the payload of a {kind} job");
        let (id, now_us) = (self.ids.next(), self.clock.now_us());
        execute!(tx, statement, id, kind, key, payload, run_at_us, now_us)?;
        tx.wake_on_commit(&self.wake);
        Ok(())
    }

    /// Takes away the job of this kind and key, if there is one: what it was to do is no longer wanted.
    pub async fn withdraw(&self, tx: &mut Tx, kind: &str, key: &str) -> Result<(), Error> {
        const WITHDRAW: &str = "DELETE FROM jobs WHERE kind = $1 AND job_key = $2";
        execute!(tx, WITHDRAW, kind, key)?;
        Ok(())
    }

    /// Takes away every job of these kinds that has one of these payloads, dead letters included.
    pub async fn withdraw_all(&self, tx: &mut Tx, kinds: &[String], payloads: &[String]) -> Result<(), Error> {
        const WITHDRAW: Dialects = Dialects {
            sqlite: "DELETE FROM jobs WHERE kind IN (SELECT value FROM json_each($1)) \
                     AND payload IN (SELECT value FROM json_each($2))",
            postgres: "DELETE FROM jobs WHERE kind = ANY($1) AND payload = ANY($2)",
        };
        execute!(tx, WITHDRAW, List(kinds), List(payloads))?;
        Ok(())
    }

    /// Leases jobs of these kinds that are due, the longest due first.
    pub async fn lease(&self, kinds: &[String], limit: i64, lease: Duration) -> Result<Vec<Job>, Error> {
        const LEASE: Dialects = Dialects {
            sqlite: "UPDATE jobs SET token = token + 1, attempts = attempts + 1, run_at_us = $2, last_error = '' \
                     WHERE job_id IN (SELECT job_id FROM jobs WHERE is_dead = FALSE AND run_at_us <= $1 \
                     AND kind IN (SELECT value FROM json_each($3)) ORDER BY run_at_us LIMIT $4) \
                     RETURNING job_id, kind, job_key, payload, attempts, token",
            // What another process is leasing just now is not waited for.
            postgres: "UPDATE jobs SET token = token + 1, attempts = attempts + 1, run_at_us = $2, last_error = '' \
                       WHERE job_id IN (SELECT job_id FROM jobs WHERE is_dead = FALSE AND run_at_us <= $1 \
                       AND kind = ANY($3) ORDER BY run_at_us LIMIT $4 FOR UPDATE SKIP LOCKED) \
                       RETURNING job_id, kind, job_key, payload, attempts, token",
        };
        let now_us = self.clock.now_us();
        // Looking costs no write, and mostly nothing is due.
        if !self.is_any_due(kinds, now_us).await? {
            return Ok(Vec::new());
        }
        let until_us = now_us.saturating_add(micros(lease));
        let mut rows = write_tx!(self.db, read committed, |tx| -> Result<Vec<LeasedRow>, Error> {
            fetch_all!(tx, LeasedRow, LEASE, now_us, until_us, List(kinds), limit)
        })?;
        rows.sort_by_key(|row| row.job_id);
        Ok(rows.into_iter().map(LeasedRow::read).collect())
    }

    /// Whether a job of these kinds is due. Only what is due is read: the many jobs of other kinds that wait are not.
    async fn is_any_due(&self, kinds: &[String], now_us: i64) -> Result<bool, Error> {
        const DUE: Dialects = Dialects {
            sqlite: "SELECT run_at_us FROM jobs WHERE is_dead = FALSE AND run_at_us <= $1 \
                     AND kind IN (SELECT value FROM json_each($2)) LIMIT 1",
            postgres: "SELECT run_at_us FROM jobs WHERE is_dead = FALSE AND run_at_us <= $1 AND kind = ANY($2) LIMIT 1",
        };
        Ok(fetch_optional!(&self.db, (i64,), DUE, now_us, List(kinds))?.is_some())
    }

    /// Has every job of a kind run at once, whatever its time was. A worker that has one leased can no longer complete it:
    /// this is for a process that knows that no other one works.
    pub async fn make_due(&self, kind: &str) -> Result<(), Error> {
        const MAKE_DUE: &str = "UPDATE jobs SET run_at_us = $2, token = token + 1 \
                                WHERE kind = $1 AND is_dead = FALSE AND run_at_us > $2";
        let now_us = self.clock.now_us();
        write_tx!(self.db, read committed, |tx| -> Result<u64, Error> {
            tx.wake_on_commit(&self.wake);
            execute!(tx, MAKE_DUE, kind, now_us)
        })?;
        Ok(())
    }

    /// Has no job of a kind wait longer than it may, which is so after the clock was set back. A job is leased while
    /// it has attempts and no error, and it pauses after a failure while it has both. Each is due again after a lease: a
    /// worker that still does it renews its lease before that.
    pub(super) async fn shorten_waits(&self, kind: &str, lease: Duration, longest: LongestWaits) -> Result<(), Error> {
        const SHORTEN: &str = "UPDATE jobs SET run_at_us = $2 WHERE kind = $1 AND is_dead = FALSE AND run_at_us > CASE \
                               WHEN attempts = 0 THEN $4 WHEN last_error = '' THEN $2 ELSE $3 END";
        let now_us = self.clock.now_us();
        let after = |wait: Duration| now_us.saturating_add(micros(wait));
        let (lease_us, pause_us, planned_us) = (after(lease), after(longest.pause), after(longest.planned));
        let shortened = write_tx!(self.db, read committed, |tx| -> Result<u64, Error> {
            execute!(tx, SHORTEN, kind, lease_us, pause_us, planned_us)
        })?;
        if shortened > 0 {
            tracing::warn!(
                kind,
                jobs = shortened,
                "jobs wait no longer than they may: the clock was set back"
            );
        }
        Ok(())
    }

    /// Makes the lease longer; false where it has run out and another worker has the job.
    pub async fn renew(&self, job: &Job, lease: Duration) -> Result<bool, Error> {
        const RENEW: &str = "UPDATE jobs SET run_at_us = $3 WHERE job_id = $1 AND token = $2 AND is_dead = FALSE";
        let until_us = self.clock.now_us().saturating_add(micros(lease));
        let renewed = write_tx!(self.db, read committed, |tx| -> Result<u64, Error> {
            execute!(tx, RENEW, job.id, job.token, until_us)
        })?;
        Ok(renewed == 1)
    }

    /// Ends a job in the transaction that has its effect; without the lease it is [`Error::NotOneRow`], which takes the
    /// effect back.
    pub async fn complete_in(&self, tx: &mut Tx, job: &Job) -> Result<(), Error> {
        exactly_one(delete(tx, job).await?)
    }

    /// Ends jobs whose effects are elsewhere; tells of each whether this worker still had it.
    pub async fn complete_all(&self, jobs: &[Job]) -> Result<Vec<bool>, Error> {
        write_tx!(self.db, read committed, |tx| -> Result<Vec<bool>, Error> {
            let mut completed = Vec::with_capacity(jobs.len());
            for job in jobs {
                completed.push(delete(tx, job).await? == 1);
            }
            Ok(completed)
        })
    }

    /// Ends a job whose effect is elsewhere; false where this worker no longer has it.
    pub async fn complete(&self, job: &Job) -> Result<bool, Error> {
        Ok(self.complete_all(std::slice::from_ref(job)).await? == [true])
    }

    /// Has a job that is not done yet, which is no failure, run again at a time; false where this worker no longer has it.
    pub async fn postpone(&self, job: &Job, run_at_us: i64) -> Result<bool, Error> {
        const POSTPONE: &str = "UPDATE jobs SET run_at_us = $3, attempts = 0, last_error = '' \
                                WHERE job_id = $1 AND token = $2 AND is_dead = FALSE";
        let postponed = write_tx!(self.db, read committed, |tx| -> Result<u64, Error> {
            execute!(tx, POSTPONE, job.id, job.token, run_at_us)
        })?;
        Ok(postponed == 1)
    }

    /// Gives a job back that this worker does not finish, so that another one begins it at once; false where this worker no
    /// longer has it.
    pub async fn release(&self, job: &Job) -> Result<bool, Error> {
        self.renew(job, Duration::ZERO).await
    }

    /// Has a failed job run again after its pause, or makes it a dead letter; false where this worker no longer has it.
    /// `jitter` is from 0 to 1: many jobs that failed together do not come back together.
    pub async fn fail(&self, job: &Job, error: &str, retries: &Retries, jitter: f64) -> Result<bool, Error> {
        const FAIL: &str = "UPDATE jobs SET run_at_us = $3, last_error = $4, is_dead = $5 \
                            WHERE job_id = $1 AND token = $2 AND is_dead = FALSE";
        let is_dead = retries.are_used_up(job.attempts);
        let pause = retries
            .pause(job.attempts)
            .mul_f64(1.0 + jitter.clamp(0.0, 1.0) * LONGEST_JITTER);
        let pause_us = if is_dead { 0 } else { micros(pause) };
        let run_at_us = self.clock.now_us().saturating_add(pause_us);
        let error: String = error.chars().take(ERROR_LIMIT_CHARACTERS).collect();
        let failed = write_tx!(self.db, read committed, |tx| -> Result<u64, Error> {
            let failed = execute!(tx, FAIL, job.id, job.token, run_at_us, error.as_str(), is_dead)?;
            if is_dead {
                self.forget_old_dead_letters(tx).await?;
            }
            Ok(failed)
        })?;
        Ok(failed == 1)
    }
}

async fn delete(tx: &mut Tx, job: &Job) -> Result<u64, Error> {
    const COMPLETE: &str = "DELETE FROM jobs WHERE job_id = $1 AND token = $2";
    execute!(tx, COMPLETE, job.id, job.token)
}

impl LeasedRow {
    fn read(self) -> Job {
        let Self {
            job_id,
            kind,
            job_key,
            payload,
            attempts,
            token,
        } = self;
        Job {
            id: job_id,
            kind,
            key: job_key,
            payload,
            attempts,
            token,
        }
    }
}
