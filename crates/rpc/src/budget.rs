//! The retry budget of a client: retries add at most a tenth to the calls that a failing service receives, instead of
//! multiplying them.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// What each call adds to the budget, and what a retry takes from it.
const PAID_IN: u32 = 1;
const COST: u32 = 10;
/// The largest balance, which a client also starts with.
const LIMIT: u32 = 10 * COST;
/// The wait before a retry is random within this range, so that clients do not retry all at the same moment.
const WAIT_MS: std::ops::Range<u32> = 10..50;

/// The retries that are left to a client.
#[derive(Debug)]
pub(crate) struct Budget(AtomicU32);

impl Default for Budget {
    fn default() -> Self {
        Self(AtomicU32::new(LIMIT))
    }
}

impl Budget {
    /// Credits the budget for a call that begins.
    pub(crate) fn pay_in(&self) {
        self.change(|left| Some((left + PAID_IN).min(LIMIT)));
    }

    /// Takes the price of a retry; false if the budget does not cover it.
    pub(crate) fn spend(&self) -> bool {
        self.change(|left| left.checked_sub(COST))
    }

    fn change(&self, change: impl FnMut(u32) -> Option<u32>) -> bool {
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, change)
            .is_ok()
    }
}

/// How long to wait before a call is tried again.
#[expect(clippy::disallowed_methods, reason = "nothing but the wait depends on it")]
pub(crate) fn wait() -> Duration {
    // If the system gives no randomness, all clients wait the shortest time; that is no reason to fail a call.
    let random = getrandom::u32().unwrap_or_default();
    let range = WAIT_MS.end - WAIT_MS.start;
    Duration::from_millis((WAIT_MS.start + random % range).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenth_of_the_calls_may_be_tried_again_when_the_reserve_is_spent() {
        let budget = Budget::default();
        let spent = std::iter::repeat_with(|| budget.spend()).take_while(|may| *may).count();
        assert_eq!(spent, 10);
        let mut again = 0;
        for _ in 0..1_000 {
            budget.pay_in();
            again += u32::from(budget.spend());
        }
        assert_eq!(again, 100);
    }

    #[test]
    fn waits_lie_in_their_range() {
        for _ in 0..100 {
            let wait = u32::try_from(wait().as_millis()).unwrap();
            assert!(WAIT_MS.contains(&wait), "{wait}");
        }
    }
}
