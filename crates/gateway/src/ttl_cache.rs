//! A small cache: bounded in size, and each entry is valid for a short time by the store's own clock.

use std::time::Duration;

use moka::sync::Cache;

use crate::Clock;

pub(crate) struct TtlCache<V> {
    answers: Cache<String, (i64, V)>,
    validity_us: i64,
    clock: Clock,
}

impl<V: Clone + Send + Sync + 'static> TtlCache<V> {
    pub(crate) fn new(capacity: u64, validity: Duration, clock: Clock) -> Self {
        Self {
            answers: Cache::builder().max_capacity(capacity).time_to_live(validity).build(),
            validity_us: i64::try_from(validity.as_micros()).unwrap_or(i64::MAX),
            clock,
        }
    }

    pub(crate) fn get(&self, key: &str) -> Option<V> {
        let (since_us, value) = self.answers.get(key)?;
        // After the clock was set back, an entry from the future counts as expired; otherwise it would stay valid until then.
        let age_us = (self.clock)().saturating_sub(since_us);
        (0..self.validity_us).contains(&age_us).then_some(value)
    }

    pub(crate) fn keep(&self, key: &str, value: V) {
        self.answers.insert(key.to_owned(), ((self.clock)(), value));
    }

    pub(crate) fn forget(&self, key: &str) {
        self.answers.invalidate(key);
    }
}
