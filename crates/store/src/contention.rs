//! How a write is run again that lost against another one, and how operators see that this happens.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::db::Db;
use crate::randomness::{OsRandomness, Randomness};

/// How often a write is run whose database cannot be reached, before the failure is the caller's.
pub const MAX_ATTEMPTS: u32 = 5;
/// The longest time for which a write runs again while others come in between. It is longer than any call may take, so
/// the caller's deadline ends it first; work that has no caller any more ends here.
pub const CONTENTION_PATIENCE: Duration = Duration::from_secs(30);
/// The pause before the second run; it doubles from run to run.
const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_millis(320);
/// A write that has lost this often is worth a line in the log.
const LOSSES_LOGGED: u32 = 5;
/// The log has at most one line about contention in this time; the metric counts all of it.
const LOG_EVERY: Duration = Duration::from_secs(10);
/// Counts the runs that lost against another transaction, by what came of them: `retried` or `given_up`.
const LOSSES: &str = "dvs_store_contention_total";

/// Why another run of a transaction may fare better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// Another transaction came in between.
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

    /// Waits for the next run; false when there is none.
    pub async fn again(&mut self, retry: Retry) -> bool {
        self.failed += 1;
        let goes_on = match retry {
            Retry::Contention => self.began.elapsed() < self.patience,
            Retry::Unavailable => self.failed < MAX_ATTEMPTS,
        };
        if retry == Retry::Contention {
            self.report(goes_on);
        }
        if goes_on {
            tokio::time::sleep(pause(self.failed)).await;
        }
        goes_on
    }

    fn report(&self, goes_on: bool) {
        let outcome = if goes_on { "retried" } else { "given_up" };
        metrics::counter!(LOSSES, "outcome" => outcome).increment(1);
        // A caller whose deadline comes first ends here without another word, so the log does not wait for the end.
        let is_worth_a_line = !goes_on || self.failed == LOSSES_LOGGED;
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

/// Half of the pause is left to chance, so that two losers do not meet again.
fn pause(failed: u32) -> Duration {
    let longest = FIRST_PAUSE
        .saturating_mul(1 << failed.saturating_sub(1).min(16))
        .min(LONGEST_PAUSE);
    let mut chance = [0];
    OsRandomness.fill(&mut chance);
    longest.mul_f64(0.5 + f64::from(chance[0]) / 512.0)
}

static LOG: RareLines = RareLines(Mutex::new((None, 0)));

/// Admits a line now and then, with the number of those that were held back since the last one.
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
