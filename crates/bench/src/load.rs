//! A closed loop: so many callers, each of whom asks again once answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Result, ensure};
use hdrhistogram::Histogram;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::work::Worker;

/// Three digits of each time are kept.
const DIGITS: u8 = 3;

/// What a loop saw.
pub(crate) struct Seen {
    pub(crate) elapsed: Duration,
    pub(crate) calls: u64,
    /// Titles that went over the line.
    pub(crate) titles: u64,
    /// From asking to the whole answer, in microseconds.
    pub(crate) latencies: Histogram<u64>,
}

/// Has each of the workers ask until the time is over; a call that has begun is waited for, and counts.
pub(crate) async fn closed_loop(workers: Vec<Arc<Worker>>, time: Duration) -> Result<Seen> {
    let next = Arc::new(AtomicU64::new(0));
    let start = Instant::now();
    let mut callers = JoinSet::new();
    for worker in workers {
        let next = Arc::clone(&next);
        callers.spawn(async move {
            let (mut latencies, mut titles) = (Histogram::new(DIGITS)?, 0);
            loop {
                let asked = Instant::now();
                let answer = worker.once(next.fetch_add(1, Ordering::Relaxed)).await?;
                latencies.record(u64::try_from(asked.elapsed().as_micros())?.max(1))?;
                titles += answer.titles;
                if start.elapsed() >= time {
                    return anyhow::Ok((latencies, titles));
                }
            }
        });
    }
    let (mut latencies, mut titles) = (Histogram::new(DIGITS)?, 0);
    while let Some(caller) = callers.join_next().await {
        let (seen, moved) = caller??;
        latencies.add(seen)?;
        titles += moved;
    }
    ensure!(!latencies.is_empty(), "nobody asked anything");
    Ok(Seen {
        elapsed: start.elapsed(),
        calls: latencies.len(),
        titles,
        latencies,
    })
}
