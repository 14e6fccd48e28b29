//! Reports to the catalogue which titles were rented most lately, so that its searches rank them first. The catalogue
//! does not depend on rent: rent counts, and calls it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use store::{Clock, Db};
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use crate::catalogue::Offers;
use crate::fault::Result;
use crate::library::store::entitlements;
use crate::time::duration_us;

/// How far back orders are counted.
const COUNTED_BACK: Duration = Duration::from_hours(90 * 24);
/// How many of the newest rentals are counted. Purchases are not: they are few in comparison.
const COUNTED: i64 = 200_000;
/// How many titles are reported; the catalogue ranks all others as if they were not ordered.
const TITLES: i64 = 1_000;
/// A title with a single order is left out, because it would show what one customer watches.
const LEAST_ORDERS: i64 = 2;
/// How often orders are counted.
const PAUSE: Duration = Duration::from_mins(1);

/// Counts orders, and reports the counts that differ from the catalogue's.
#[derive(Clone)]
pub struct Popularity {
    db: Db,
    clock: Arc<dyn Clock>,
    catalogue: Offers,
    told: Arc<Mutex<Option<BTreeMap<String, i32>>>>,
}

impl Popularity {
    pub(crate) fn new(db: Db, clock: Arc<dyn Clock>, catalogue: Offers) -> Self {
        Self {
            db,
            clock,
            catalogue,
            told: Arc::default(),
        }
    }

    /// Reports at intervals, until it is cancelled.
    pub async fn run(&self, cancel: CancellationToken) {
        let tell = async {
            loop {
                if let Err(fault) = self.tell().await {
                    tracing::debug!(?fault, "the catalogue could not be told what was ordered");
                }
                tokio::time::sleep(PAUSE).await;
            }
        };
        cancel.run_until_cancelled(tell).await;
    }

    /// Counts once, and reports the counts that differ.
    pub async fn tell(&self) -> rpc::Result<()> {
        Ok(self.tell_what_differs().await?)
    }

    async fn tell_what_differs(&self) -> Result<()> {
        let since_us = self.clock.now_us().saturating_sub(duration_us(COUNTED_BACK));
        let counted = entitlements::ordered_since(&self.db, since_us, COUNTED, LEAST_ORDERS, TITLES).await?;
        let rounded = counted
            .into_iter()
            .map(|(title, orders)| (title.to_string(), rounded(orders)));
        let orders: BTreeMap<_, _> = rounded.collect();
        let mut told = self.told.lock().await;
        if told.as_ref() != Some(&orders) {
            self.catalogue.tell_orders(&orders).await?;
            *told = Some(orders);
        }
        Ok(())
    }
}

/// Rounds to two binary digits (2, 3, 4, 6, 8, 12, 16 …), so that a popular film is not written into the catalogue with each order.
fn rounded(orders: i64) -> i32 {
    let orders = i32::try_from(orders).unwrap_or(i32::MAX).max(1);
    let unit = 1 << (i32::BITS - 1 - orders.leading_zeros()).saturating_sub(1);
    orders / unit * unit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_rounded_down_to_two_binary_digits() {
        let numbers = [1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 15, 16, 1_000, i64::MAX];
        assert_eq!(
            numbers.map(rounded),
            [1, 2, 3, 4, 4, 6, 6, 8, 8, 12, 12, 16, 768, 1_610_612_736]
        );
    }
}
