//! Watching orders: the changes of one customer's orders and library after a revision.

use store::Db;
use tokio::sync::watch;

use crate::fault::Result;
use crate::id::CustomerId;
use crate::library::changes;
use crate::library::entitlement::Entitlement;
use crate::library::store::entitlements;
use crate::order::Order;
use crate::order::store::orders;

/// The most changes of one message; further ones come with the next message.
const CHANGES: i64 = 100;

/// A watcher that has seen everything up to a revision. It holds no changes in memory: each is read from the database.
pub(crate) struct OrderChanges {
    pub(crate) db: Db,
    pub(crate) customer: CustomerId,
    pub(crate) revisions: watch::Receiver<i64>,
    pub(crate) seen: i64,
}

/// The changes, and the revision up to which they are complete.
pub(crate) struct OrdersChanged {
    pub(crate) orders: Vec<Order>,
    pub(crate) entitlements: Vec<Entitlement>,
    pub(crate) revision: i64,
}

impl OrderChanges {
    /// Waits for the next changes.
    pub(crate) async fn next(&mut self) -> Result<OrdersChanged> {
        loop {
            let revision = changes::after(&mut self.revisions, self.seen).await?;
            let orders = orders::changed(&self.db, self.customer, self.seen, revision, CHANGES).await?;
            let entitlements = entitlements::changed(&self.db, self.customer, self.seen, revision, CHANGES).await?;
            let full = |found: usize| i64::try_from(found).is_ok_and(|found| found >= CHANGES);
            // If a list is full, the rest of it comes with the next message: both lists end where the first of them ends.
            let until = [
                orders
                    .last()
                    .filter(|_| full(orders.len()))
                    .map(|(_, revision)| *revision),
                entitlements
                    .last()
                    .filter(|_| full(entitlements.len()))
                    .map(|(_, revision)| *revision),
            ];
            let until = until.into_iter().flatten().min().unwrap_or(revision);
            self.seen = until;
            let orders: Vec<_> = up_to(orders, until);
            let entitlements: Vec<_> = up_to(entitlements, until);
            if !orders.is_empty() || !entitlements.is_empty() {
                return Ok(OrdersChanged {
                    orders,
                    entitlements,
                    revision: until,
                });
            }
        }
    }
}

fn up_to<T>(changed: Vec<(T, i64)>, until: i64) -> Vec<T> {
    let kept = changed.into_iter().filter(|(_, revision)| *revision <= until);
    kept.map(|(one, _)| one).collect()
}
