//! Ids: `UUIDv7`, so that what is made later sorts later, made from the injected clock and randomness.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use uuid::{Builder, Uuid};

use crate::clock::Clock;
use crate::randomness::Randomness;

/// Where new ids come from.
pub trait Ids: Send + Sync {
    fn next(&self) -> Uuid;
}

/// How many steps of a millisecond an id distinguishes.
const STEPS_A_MILLISECOND: u64 = 1 << 12;

/// Ids that sort in the order of their creation, within this process.
pub struct TimeOrderedIds {
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
    /// The step of the last id: milliseconds and the 12 bits below them.
    last: AtomicU64,
}

impl TimeOrderedIds {
    pub fn new(clock: Arc<dyn Clock>, randomness: Arc<dyn Randomness>) -> Self {
        Self {
            clock,
            randomness,
            last: AtomicU64::new(0),
        }
    }

    /// The clock's step, or the one after the last id's if the clock has not moved or was set back.
    fn step(&self) -> u64 {
        let now_us = u64::try_from(self.clock.now_us()).unwrap_or_default();
        let now = now_us / 1000 * STEPS_A_MILLISECOND + now_us % 1000 * STEPS_A_MILLISECOND / 1000;
        let after = |last: u64| now.max(last + 1);
        let last = self.last.update(Ordering::Relaxed, Ordering::Relaxed, after);
        after(last)
    }
}

impl Ids for TimeOrderedIds {
    fn next(&self) -> Uuid {
        let step = self.step();
        let mut random = [0; 10];
        self.randomness.fill(&mut random);
        let [high, low] = u16::try_from(step % STEPS_A_MILLISECOND)
            .unwrap_or_default()
            .to_be_bytes();
        random[0] = high;
        random[1] = low;
        Builder::from_unix_timestamp_millis(step / STEPS_A_MILLISECOND, &random).into_uuid()
    }
}
