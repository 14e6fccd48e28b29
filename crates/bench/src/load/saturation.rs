//! Watches whether the caller itself is the limit: a caller that is not let run measures itself, not the service.
//!
//! Its share of the cores does not tell this alone, for it may be held to less than it knows of. So a thread that does
//! nothing asks to be woken every few milliseconds, and how late it is woken tells; and the system tells how long the
//! caller's threads were ready to run and were not let.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Result, anyhow};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::usage::run_and_wait;

/// How often the thread asks to be woken.
const TICK: Duration = Duration::from_millis(5);
/// To be woken so late is everyday.
const EVERYDAY: Duration = Duration::from_millis(2);
/// A caller that lost more of its time than this did not run when it should have.
const LOST: f64 = 0.2;
/// A caller that waited for more of the time that its threads wanted was held back, more than by sharing with the service.
const WAITED: f64 = 0.75;
/// A caller so near to all of the cores has no time left.
const USED: f64 = 0.9;

/// What a caller used and what it was denied, as shares from 0 to 1.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Saturation {
    /// Of the cores that it may use.
    pub(crate) used: f64,
    /// Of the time: how late a thread that does nothing was woken.
    pub(crate) lost: f64,
    /// Of the time that its threads wanted to run: how much they waited for a core.
    pub(crate) waited: f64,
    /// CPU time of the caller, in microseconds.
    pub(crate) cpu_us: f64,
}

impl Saturation {
    /// Begins to watch this process.
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

/// A watch that is under way.
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

/// How much time was lost while nobody said stop.
fn lost_until(stop: &AtomicBool) -> Duration {
    let mut lost = Duration::ZERO;
    while !stop.load(Ordering::Relaxed) {
        let asked = Instant::now();
        thread::park_timeout(TICK);
        lost += asked.elapsed().saturating_sub(TICK + EVERYDAY);
    }
    lost
}
