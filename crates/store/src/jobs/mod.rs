//! A durable queue: what must happen later, across crashes, in any number of processes.
//!
//! A job is enqueued in the transaction that makes it necessary, so it is there exactly when that is committed. A worker
//! leases it for a while, does it, and completes it. A worker that dies lets its lease run out, and another one takes the
//! job up: each job runs **at least once**, so a handler does the same thing when it runs again. Each lease has a fencing
//! token that is higher than the one before. A worker needs it to complete or renew the job, so one that comes back after
//! its lease ran out changes nothing.
//!
//! A job that fails runs again after a pause that doubles; when its [`Retries`] are used up it becomes a dead letter, which
//! stays until staff retry or drop it. A kind of job that must not be given up has retries without an end. A job that
//! cannot be done yet, which is no failure, is postponed by its handler.
//!
//! Times are those of the clock. When that was set back, the ends of leases and pauses would lie further away than a lease or a
//! pause lasts: a worker shortens them when it starts, and when it sees an earlier time than before. How far away a job was
//! enqueued or postponed stays, unless its handler names a [longest wait](Handler::longest_wait).
//!
//! Each service's migrations hold the table (on `PostgreSQL` `UUID`, `BIGINT`, `BOOLEAN` and no `STRICT`):
//!
//! ```sql
//! CREATE TABLE jobs (
//!     job_id        BLOB    PRIMARY KEY,
//!     kind          TEXT    NOT NULL,
//!     job_key       TEXT    NOT NULL,
//!     payload       TEXT    NOT NULL,
//!     run_at_us     INTEGER NOT NULL,
//!     created_at_us INTEGER NOT NULL,
//!     token         INTEGER NOT NULL DEFAULT 0,
//!     attempts      INTEGER NOT NULL DEFAULT 0,
//!     is_dead       INTEGER NOT NULL DEFAULT 0,
//!     last_error    TEXT    NOT NULL DEFAULT '',
//!     UNIQUE (kind, job_key)
//! ) STRICT;
//! CREATE INDEX jobs_by_time ON jobs (is_dead, run_at_us);
//! ```

mod dead_letters;
mod queue;
mod worker;

use std::time::Duration;

use uuid::Uuid;

pub use dead_letters::DeadLetter;
pub use queue::Jobs;
pub use worker::{Effect, Failure, Handler, Worker, WorkerLimits};

/// The longest payload: it names what to do and to what, and the worker reads the rest.
pub const PAYLOAD_LIMIT_BYTES: usize = 4096;
/// How much of an error a job keeps.
const ERROR_LIMIT_CHARACTERS: usize = 500;
/// How much longer a pause is at most, as a part of it, so that many jobs that failed together do not come back together.
const LONGEST_JITTER: f64 = 0.25;
/// How long a dead letter is kept that staff neither retry nor drop.
pub const DEAD_LETTER_VALIDITY: Duration = Duration::from_hours(90 * 24);

/// A job to enqueue.
#[derive(Debug, Clone, Copy)]
pub struct NewJob<'a> {
    /// Which handler does it.
    pub kind: &'static str,
    /// What it is about: of one kind there is one job with this key.
    pub key: &'a str,
    /// What its handler needs to know, at most [`PAYLOAD_LIMIT_BYTES`]. No secret: it is kept as it is.
    pub payload: &'a str,
    /// When it is to run, in microseconds since 1970 (UTC).
    pub run_at_us: i64,
}

/// A job that a worker has leased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    pub id: Uuid,
    pub kind: String,
    pub key: String,
    pub payload: String,
    /// How often it was leased, this time included.
    pub attempts: i64,
    /// What this lease is told by.
    token: i64,
}

/// How often a failing job runs before it becomes a dead letter, and how long it pauses in between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retries {
    pub attempts: u32,
    /// After the first failure; it doubles from one to the next.
    pub first_pause: Duration,
    pub longest_pause: Duration,
}

impl Retries {
    /// For about a day: the pauses of 30 s to 32 min add up to an hour, and 23 of an hour each follow.
    pub const A_DAY: Self = Self {
        attempts: 31,
        first_pause: Duration::from_secs(30),
        longest_pause: Duration::from_hours(1),
    };

    /// For what must not be given up: such a job never becomes a dead letter.
    pub const fn without_end(first_pause: Duration, longest_pause: Duration) -> Self {
        Self {
            attempts: u32::MAX,
            first_pause,
            longest_pause,
        }
    }

    /// Whether a job that fails at this attempt is a dead letter.
    fn are_used_up(&self, attempts: i64) -> bool {
        attempts >= i64::from(self.attempts)
    }

    /// The same, but a dead letter after at most so many attempts.
    fn at_most(self, attempts: Option<u32>) -> Self {
        Self {
            attempts: attempts.map_or(self.attempts, |attempts| attempts.min(self.attempts)),
            ..self
        }
    }

    /// The pause after this many attempts, without its jitter.
    fn pause(&self, attempts: i64) -> Duration {
        let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or_default().min(30);
        self.first_pause.saturating_mul(1 << doublings).min(self.longest_pause)
    }
}

/// How far away a job of one kind may be at most.
#[derive(Debug, Clone, Copy)]
struct LongestWaits {
    /// After a failure.
    pause: Duration,
    /// When it was enqueued or postponed.
    planned: Duration,
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_job_is_retried_for_a_day() {
        let retries = Retries::A_DAY;
        let pauses: Vec<_> = (1..i64::from(retries.attempts))
            .map(|attempt| retries.pause(attempt))
            .collect();
        assert_eq!(pauses[..3], [30, 60, 120].map(Duration::from_secs));
        assert_eq!(retries.pause(1_000_000), Duration::from_hours(1));
        let day: Duration = pauses.iter().sum();
        let hours = day.as_secs_f64() / 3600.0;
        assert!((23.0..26.0).contains(&hours), "{hours}");
    }
}
