//! Two ways to load a service: a closed loop of callers that wait for answers, and an open one of calls that arrive at
//! their times.

mod closed;
mod open;
mod saturation;

use std::time::Duration;

use anyhow::Result;
use hdrhistogram::Histogram;

pub(crate) use closed::closed_loop;
pub(crate) use open::{Arrivals, open_loop};
pub(crate) use saturation::Saturation;

/// Latencies are recorded with three digits.
const DIGITS: u8 = 3;

/// Makes one call. The number selects the request; returns how many items the call moved.
pub(crate) trait Calls: Send + Sync + 'static {
    fn once(&self, number: u64) -> impl Future<Output = Result<u64>> + Send;
}

/// What a loop has measured.
pub(crate) struct Seen {
    pub(crate) elapsed: Duration,
    pub(crate) calls: u64,
    /// Titles, or other items that the calls move.
    pub(crate) moved: u64,
    /// In microseconds: in a closed loop from the call to its whole answer, in an open one from the intended time of
    /// the call.
    pub(crate) latencies: Histogram<u64>,
    /// Calls of an open loop that were not made, because too many were under way.
    pub(crate) dropped: u64,
    /// Calls of an open loop that began more than a millisecond after their intended time.
    pub(crate) late: u64,
}

impl Seen {
    /// A single call of this duration.
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
