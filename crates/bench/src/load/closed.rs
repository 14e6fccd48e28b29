//! A closed loop: a number of callers, each of whom makes the next call once the last one was answered. It finds the
//! peak rate, but hides waiting times, because a caller that waits makes fewer calls.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Result, ensure};
use hdrhistogram::Histogram;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::{Calls, DIGITS, Seen, microseconds};

/// Lets the callers make calls until the time is over; a call that has begun is waited for, and counts. The calls are
/// numbered from `first`.
pub(crate) async fn closed_loop<C: Calls>(calls: &Arc<C>, callers: usize, first: u64, time: Duration) -> Result<Seen> {
    let next = Arc::new(AtomicU64::new(first));
    let start = Instant::now();
    let mut asking = JoinSet::new();
    for _ in 0..callers {
        let (calls, next) = (Arc::clone(calls), Arc::clone(&next));
        asking.spawn(async move {
            let (mut latencies, mut moved) = (Histogram::<u64>::new(DIGITS)?, 0);
            loop {
                let asked = Instant::now();
                moved += calls.once(next.fetch_add(1, Ordering::Relaxed)).await?;
                latencies.record(microseconds(asked.elapsed()))?;
                if start.elapsed() >= time {
                    return anyhow::Ok((latencies, moved));
                }
            }
        });
    }
    let (mut latencies, mut moved) = (Histogram::new(DIGITS)?, 0);
    while let Some(caller) = asking.join_next().await {
        let (seen, brought) = caller??;
        latencies.add(seen)?;
        moved += brought;
    }
    ensure!(!latencies.is_empty(), "no call was made");
    Ok(Seen {
        elapsed: start.elapsed(),
        calls: latencies.len(),
        moved,
        latencies,
        dropped: 0,
        late: 0,
    })
}
