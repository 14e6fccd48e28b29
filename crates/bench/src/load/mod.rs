//! Two ways to load a service: callers who ask again once answered, and arrivals that come whether it answers or not.

mod closed;
mod open;
mod saturation;

use std::time::Duration;

use anyhow::Result;
use hdrhistogram::Histogram;

pub(crate) use closed::closed_loop;
pub(crate) use open::{Arrivals, open_loop};
pub(crate) use saturation::Saturation;

/// Three digits of each time are kept.
const DIGITS: u8 = 3;

/// Does something once; the number says what, and it answers how much went over the line.
pub(crate) trait Calls: Send + Sync + 'static {
    fn once(&self, number: u64) -> impl Future<Output = Result<u64>> + Send;
}

/// What a loop saw.
pub(crate) struct Seen {
    pub(crate) elapsed: Duration,
    pub(crate) calls: u64,
    /// Titles, or whatever the calls move.
    pub(crate) moved: u64,
    /// In microseconds: of a closed loop from asking to the whole answer, of an open one from when it should have begun.
    pub(crate) latencies: Histogram<u64>,
    /// Calls of an open loop that were given up because too many were under way.
    pub(crate) dropped: u64,
    /// Calls of an open loop that began later than they should have by more than a millisecond.
    pub(crate) late: u64,
}

impl Seen {
    /// A single call that took so long.
    pub(crate) fn once(elapsed: Duration) -> Result<Self> {
        let mut latencies = Histogram::new(DIGITS)?;
        latencies.record(microseconds(elapsed))?;
        Ok(Self {
            elapsed,
            calls: 1,
            moved: 1,
            latencies,
            dropped: 0,
            late: 0,
        })
    }
}

fn microseconds(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX).max(1)
}
