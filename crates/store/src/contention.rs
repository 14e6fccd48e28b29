//! Runs a write again that lost against another one, and reports to operators how often that happens.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::db::Db;
use crate::randomness::{OsRandomness, Randomness};

/// How often a write is attempted while its database cannot be reached, before its caller gets the error.
pub const MAX_ATTEMPTS: u32 = 5;
/// The longest time for which a write that loses against others is run again. It is longer than any call may take, so
/// the caller's deadline usually ends the write first; this limit is for work without a caller.
pub const CONTENTION_PATIENCE: Duration = Duration::from_secs(30);
/// The pause before the second run; it doubles from run to run.
const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_millis(320);
/// A write that has lost this often is logged.
const LOSSES_LOGGED: u32 = 5;
/// The log has at most one line about contention in this time; the metric counts all losses.
const LOG_EVERY: Duration = Duration::from_secs(10);
/// Counts the runs that lost against another transaction, by their outcome: `retried` or `given_up`.
const LOSSES: &str = "dvs_store_contention_total";

/// Why another run of a transaction may succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// Another transaction held a lock that this one needed, or changed what this one had read.
    Contention,
    /// The database could not be reached, and nothing was written.
    Unavailable,
}

/// Counts the runs of one write, and pauses between them.
#[doc(hidden)]
#[derive(Debug)]
pub struct Attempts {
    failed: u32,
    began: Instant,
    patience: Duration,
}

impl Attempts {
    pub fn of(db: &Db) -> Self {
        Self {
            failed: 0,
            began: Instant::now(),
            patience: db.patience(),
        }
    }

    /// Pauses before the next run; false if there is to be none.
    pub async fn again(&mut self, retry: Retry) -> bool {
        self.failed += 1;
        let will_retry = match retry {
            Retry::Contention => self.began.elapsed() < self.patience,
            Retry::Unavailable => self.failed < MAX_ATTEMPTS,
        };
        if retry == Retry::Contention {
            self.report(will_retry);
        }
        if will_retry {
            tokio::time::sleep(pause(self.failed)).await;
        }
        will_retry
    }

    fn report(&self, will_retry: bool) {
        let outcome = if will_retry { "retried" } else { "given_up" };
        metrics::counter!(LOSSES, "outcome" => outcome).increment(1);
        // A caller whose deadline passes drops this write without a report, so the log does not wait for the end.
        let is_worth_a_line = !will_retry || self.failed == LOSSES_LOGGED;
        if is_worth_a_line && let Some(unlogged) = LOG.admit(Instant::now()) {
            tracing::warn!(
                losses = self.failed,
                waited = ?self.began.elapsed(),
                outcome,
                unlogged,
                "a write lost again and again against other transactions"
            );
        }
    }
}

/// Half of the pause is random, so that two writes that lost do not meet again.
fn pause(failed: u32) -> Duration {
    let longest = FIRST_PAUSE
        .saturating_mul(1 << failed.saturating_sub(1).min(16))
        .min(LONGEST_PAUSE);
    let mut chance = [0];
    OsRandomness.fill(&mut chance);
    longest.mul_f64(0.5 + f64::from(chance[0]) / 512.0)
}

static LOG: RareLines = RareLines(Mutex::new((None, 0)));

/// Admits at most one line in [`LOG_EVERY`], with the number of lines that were held back since the last one.
struct RareLines(Mutex<(Option<Instant>, u64)>);

impl RareLines {
    fn admit(&self, now: Instant) -> Option<u64> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (last, held_back) = &mut *state;
        if last.is_some_and(|last| now.duration_since(last) < LOG_EVERY) {
            *held_back += 1;
            return None;
        }
        *last = Some(now);
        Some(std::mem::take(held_back))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_limit() {
        for failed in [1, 2, 7, 40, u32::MAX] {
            let pause = pause(failed);
            assert!(
                pause >= FIRST_PAUSE / 2 && pause <= LONGEST_PAUSE,
                "{failed}: {pause:?}"
            );
        }
        assert!(pause(40) >= LONGEST_PAUSE / 2);
    }

    #[test]
    fn the_log_has_a_line_now_and_then_that_counts_the_others() {
        let lines = RareLines(Mutex::new((None, 0)));
        let start = Instant::now();
        assert_eq!(lines.admit(start), Some(0));
        assert_eq!(lines.admit(start), None);
        assert_eq!(lines.admit(start + LOG_EVERY / 2), None);
        assert_eq!(lines.admit(start + LOG_EVERY), Some(2));
        assert_eq!(lines.admit(start + LOG_EVERY), None);
    }
}
