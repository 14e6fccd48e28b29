//! The titles that were rented most often lately. Anyone may see them, so the counts are cached and show nothing of a single customer.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use store::{Clock, Db};
use tokio::sync::Mutex;

use crate::fault::{Fault, Result};
use crate::id::TitleId;
use crate::library::store::entitlements;
use crate::time::duration_us;

/// How many days back a count may go.
const DAYS: std::ops::RangeInclusive<i32> = 1..=30;
const DEFAULT_DAYS: i32 = 7;
const DAY: Duration = Duration::from_hours(24);
/// How long a count is cached.
const VALIDITY: Duration = Duration::from_secs(10);
/// How many titles of a count are cached: the size of the largest page.
const KEPT: i64 = 100;
/// How many of the newest rentals are counted; in a store with more a month, these are enough to find the favourites.
const COUNTED: i64 = 100_000;
/// A title with a single rental is left out, because it would show what one customer watches.
const LEAST_RENTALS: i64 = 2;

/// The cached counts, by the number of days.
pub(crate) struct MostRented {
    db: Db,
    clock: Arc<dyn Clock>,
    /// The lock is held while the database counts, so that other calls wait for the result and do not count too.
    counts: Mutex<HashMap<i32, Count>>,
}

struct Count {
    at_us: i64,
    titles: Vec<TitleId>,
}

impl MostRented {
    pub(crate) fn new(db: Db, clock: Arc<dyn Clock>) -> Self {
        Self {
            db,
            clock,
            counts: Mutex::default(),
        }
    }

    /// The titles with the most rentals in the last days, without those of fewer than [`LEAST_RENTALS`].
    pub(crate) async fn titles(&self, days: i32, limit: usize) -> Result<Vec<TitleId>> {
        let days = if days == 0 { DEFAULT_DAYS } else { days };
        if !DAYS.contains(&days) {
            return Err(Fault::invalid("days", "These are 1 to 30 days."));
        }
        let now_us = self.clock.now_us();
        let mut counts = self.counts.lock().await;
        let is_fresh = |count: &&Count| (0..duration_us(VALIDITY)).contains(&now_us.saturating_sub(count.at_us));
        if let Some(count) = counts.get(&days).filter(is_fresh) {
            return Ok(count.titles.iter().take(limit).cloned().collect());
        }
        let since_us = now_us.saturating_sub(duration_us(DAY).saturating_mul(i64::from(days)));
        let titles = entitlements::most_rented(&self.db, since_us, COUNTED, LEAST_RENTALS, KEPT).await?;
        let first = titles.iter().take(limit).cloned().collect();
        counts.insert(days, Count { at_us: now_us, titles });
        Ok(first)
    }
}
