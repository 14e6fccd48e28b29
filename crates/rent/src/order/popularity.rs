//! Telling the catalogue what was rented most lately, so that its searches put the popular first. The catalogue knows
//! nothing of rent: rent counts, and calls it.

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

/// How far back is counted.
const COUNTED_BACK: Duration = Duration::from_hours(90 * 24);
/// The rentals that are counted, the newest of them; purchases are few beside them.
const COUNTED: i64 = 200_000;
/// The titles that the catalogue is told of; what is ordered less often than these stands with the rest.
const TITLES: i64 = 1_000;
/// One order would tell what one customer watches.
const LEAST_ORDERS: i64 = 2;
/// How often is counted.
const PAUSE: Duration = Duration::from_mins(1);

/// Counts what was ordered, and tells the catalogue where that differs from what it was told.
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

    /// Tells the catalogue again and again, until it is cancelled.
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

    /// Counts once, and tells the catalogue what it does not know.
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

/// To two binary digits, so that a film that sells well is not written into the catalogue with each order: 2, 3, 4, 6, 8,
/// 12, 16 and so on.
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
