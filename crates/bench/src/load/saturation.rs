//! Detects whether the caller itself is the limit: a caller that gets too little CPU time measures itself instead of
//! the service.
//!
//! Its share of the cores alone does not show this, because the system may allow it fewer cores than it sees. So an
//! idle thread sleeps for a few milliseconds again and again, and its delays are measured; and the kernel reports how
//! long the caller's threads were ready to run without a core.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Result, anyhow};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::usage::run_and_wait;

/// How long the idle thread sleeps each time.
const TICK: Duration = Duration::from_millis(5);
/// A delay of this length is normal.
const EVERYDAY: Duration = Duration::from_millis(2);
/// A caller whose idle thread was delayed for more than this share of the time was not running when it should have.
const LOST: f64 = 0.2;
/// A caller whose threads waited for more than this share of the time that they wanted to run was held back by more
/// than sharing cores with the service.
const WAITED: f64 = 0.75;
/// A caller that uses more than this share of the cores has no reserve.
const USED: f64 = 0.9;

/// What a caller used and what it lacked, as shares from 0 to 1.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Saturation {
    /// Of the cores that it may use: how much it used.
    pub(crate) used: f64,
    /// Of the time: how long the idle thread was delayed.
    pub(crate) lost: f64,
    /// Of the time that its threads wanted to run: how long they waited for a core.
    pub(crate) waited: f64,
    /// The caller's CPU time, in microseconds.
    pub(crate) cpu_us: f64,
}

impl Saturation {
    /// Starts to watch this process.
    pub(crate) fn watch() -> Result<Watch> {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let ticker = thread::Builder::new()
            .name("saturation".to_owned())
            .spawn(move || lost_until(&stopped))?;
        Ok(Watch {
            stop,
            ticker,
            before: run_and_wait()?,
            start: Instant::now(),
        })
    }

    /// Whether the caller was the limit.
    pub(crate) fn is_saturated(&self) -> bool {
        self.used > USED || self.lost > LOST || self.waited > WAITED
    }
}

/// A watch in progress.
pub(crate) struct Watch {
    stop: Arc<AtomicBool>,
    ticker: JoinHandle<Duration>,
    before: (Duration, Duration),
    start: Instant,
}

impl Watch {
    pub(crate) fn end(self) -> Result<Saturation> {
        let elapsed = self.start.elapsed().as_secs_f64();
        let (ran, waited) = run_and_wait()?;
        self.stop.store(true, Ordering::Relaxed);
        let lost = self.ticker.join().map_err(|_panic| anyhow!("the watch broke off"))?;
        let ran = ran.saturating_sub(self.before.0).as_secs_f64();
        let waited = waited.saturating_sub(self.before.1).as_secs_f64();
        let cores = u32::try_from(thread::available_parallelism()?.get())?;
        Ok(Saturation {
            used: ran / elapsed / f64::from(cores),
            lost: lost.as_secs_f64() / elapsed,
            waited: waited / (ran + waited).max(f64::EPSILON),
            cpu_us: ran * 1e6,
        })
    }
}

/// How long the thread was delayed until `stop` is set.
fn lost_until(stop: &AtomicBool) -> Duration {
    let mut lost = Duration::ZERO;
    while !stop.load(Ordering::Relaxed) {
        let asked = Instant::now();
        thread::park_timeout(TICK);
        lost += asked.elapsed().saturating_sub(TICK + EVERYDAY);
    }
    lost
}
