//! A closed loop: so many callers, each of whom asks again once answered. Good for the peak; blind to waiting, since
//! whoever waits asks less.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Result, ensure};
use hdrhistogram::Histogram;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::{Calls, DIGITS, Seen, microseconds};

/// Has the callers ask until the time is over; a call that has begun is waited for, and counts. The first question has
/// this number, and each after it the next.
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
    ensure!(!latencies.is_empty(), "nobody asked anything");
    Ok(Seen {
        elapsed: start.elapsed(),
        calls: latencies.len(),
        moved,
        latencies,
        dropped: 0,
        late: 0,
    })
}
