//! A rate limit as a token bucket: a number of events a second, and a burst of a few seconds' worth at once.

use std::time::Duration;

use tokio::time::Instant;

/// The size of a burst, in seconds' worth of events.
const BURST_SECONDS: u32 = 5;

/// The token bucket, usually of one connection.
#[derive(Debug)]
pub struct Allowance {
    every: Duration,
    most: u32,
    left: u32,
    counted_until: Instant,
}

impl Allowance {
    /// An allowance of this many events a second; 0 counts as 1.
    pub fn new(per_second: u32) -> Self {
        let per_second = per_second.max(1);
        let most = per_second.saturating_mul(BURST_SECONDS);
        Self {
            every: Duration::from_secs(1) / per_second,
            most,
            left: most,
            counted_until: Instant::now(),
        }
    }

    /// Takes a token for one event; false if none is left.
    pub fn pass(&mut self) -> bool {
        self.pass_at(Instant::now())
    }

    fn pass_at(&mut self, now: Instant) -> bool {
        let since = now.saturating_duration_since(self.counted_until);
        let earned = u32::try_from(since.as_nanos() / self.every.as_nanos().max(1)).unwrap_or(u32::MAX);
        if earned >= self.most {
            self.counted_until = now;
        } else {
            self.counted_until += self.every * earned;
        }
        self.left = self.left.saturating_add(earned).min(self.most);
        let passes = self.left > 0;
        self.left = self.left.saturating_sub(1);
        passes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_then_events_at_the_rate() {
        let mut allowance = Allowance::new(10);
        let begun = Instant::now();
        let mut passed = |after: Duration| (0..100).filter(|_| allowance.pass_at(begun + after)).count();
        assert_eq!(passed(Duration::ZERO), 50);
        assert_eq!(passed(Duration::from_secs(1)), 10);
        assert_eq!(passed(Duration::from_millis(1_150)), 1);
        assert_eq!(passed(Duration::from_hours(1)), 50);
    }
}
