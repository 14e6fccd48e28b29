//! An open loop: calls arrive at their times, as from many independent people, however long earlier calls take. The
//! time that a call waits because the service is busy counts, from the intended time of the call.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::{Result, ensure};
use hdrhistogram::Histogram;
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, mpsc};
use tokio::time::Instant;

use super::{Calls, DIGITS, Seen, microseconds};
use crate::titles::mixed;

/// The most calls under way; a call beyond that is dropped, and counted.
const OUTSTANDING: usize = 1_024;
/// A call that begins this long after its intended time is late.
const LATE: Duration = Duration::from_millis(1);

/// When calls arrive: at this average rate and independently of each other (a Poisson process), and at the same times
/// for the same seed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrivals {
    pub(crate) per_second: f64,
    pub(crate) seed: u64,
}

impl Arrivals {
    /// The arrival times since the start, without an end.
    pub(crate) fn times(self) -> impl Iterator<Item = Duration> {
        let mut at = 0.0;
        (0..).map(move |number| {
            at += -(1.0 - chance(self.seed.wrapping_add(mixed(number)))).ln() / self.per_second;
            Duration::from_secs_f64(at)
        })
    }
}

/// A number from 0 to 1, without 1.
#[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
fn chance(seed: u64) -> f64 {
    (mixed(seed) >> 11) as f64 / (1_u64 << 53) as f64
}

/// Makes the calls of a period, and waits for those under way.
pub(crate) async fn open_loop<C: Calls>(
    calls: &Arc<C>,
    arrivals: Arrivals,
    first: u64,
    time: Duration,
) -> Result<Seen> {
    ensure!(
        arrivals.per_second.is_finite() && arrivals.per_second > 0.0,
        "a load is more than nothing"
    );
    let (done, mut ended) = mpsc::unbounded_channel();
    let keeper = Keeper {
        calls: Arc::clone(calls),
        runtime: Handle::current(),
        done,
    };
    let start = Instant::now();
    let kept = tokio::task::spawn_blocking(move || keeper.keep(start, arrivals, first, time));
    let (mut latencies, mut moved) = (Histogram::new(DIGITS)?, 0);
    while let Some(answer) = ended.recv().await {
        let (latency, brought) = answer?;
        latencies.record(latency)?;
        moved += brought;
    }
    ensure!(!latencies.is_empty(), "no call came in {time:?}: the load is too small");
    let Kept { dropped, late } = kept.await?;
    Ok(Seen {
        elapsed: start.elapsed().max(time),
        calls: latencies.len(),
        moved,
        latencies,
        dropped,
        late,
    })
}

/// Starts calls at their times, on a thread of its own, because the runtime's timers have a resolution of milliseconds.
struct Keeper<C> {
    calls: Arc<C>,
    runtime: Handle,
    /// Receives the latency of each finished call, and how many items it moved.
    done: mpsc::UnboundedSender<Result<(u64, u64)>>,
}

#[derive(Default)]
struct Kept {
    dropped: u64,
    late: u64,
}

impl<C: Calls> Keeper<C> {
    fn keep(self, start: Instant, arrivals: Arrivals, first: u64, time: Duration) -> Kept {
        let places = Arc::new(Semaphore::new(OUTSTANDING));
        let mut kept = Kept::default();
        for (number, at) in (first..).zip(arrivals.times().take_while(|at| *at < time)) {
            let intended = start + at;
            wait_until(intended);
            kept.late += u64::from(intended.elapsed() > LATE);
            let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
                kept.dropped += 1;
                continue;
            };
            let (calls, done) = (Arc::clone(&self.calls), self.done.clone());
            self.runtime.spawn(async move {
                let answer = calls.once(number).await;
                let latency = microseconds(intended.elapsed());
                drop(place);
                // If the receiver has given up, the result is not needed.
                let _ = done.send(answer.map(|moved| (latency, moved)));
            });
        }
        kept
    }
}

fn wait_until(at: Instant) {
    loop {
        let left = at.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return;
        }
        thread::park_timeout(left);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrivals_come_at_their_rate_each_on_its_own_and_the_same_for_a_seed() {
        let arrivals = Arrivals {
            per_second: 1_000.0,
            seed: 7,
        };
        let times: Vec<_> = arrivals.times().take(20_000).collect();
        let gaps: Vec<f64> = times
            .windows(2)
            .map(|pair| pair[1].as_secs_f64() - pair[0].as_secs_f64())
            .collect();
        let count = f64::from(u32::try_from(gaps.len()).unwrap());
        let mean = gaps.iter().sum::<f64>() / count;
        let variance = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / count;
        assert!((mean * 1_000.0 - 1.0).abs() < 0.03, "{mean}");
        // In an exponential distribution the standard deviation equals the mean.
        assert!((variance.sqrt() / mean - 1.0).abs() < 0.05, "{variance}");
        assert_eq!(times, arrivals.times().take(20_000).collect::<Vec<_>>());
    }
}
