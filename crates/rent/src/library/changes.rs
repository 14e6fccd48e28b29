//! Changes of customers' orders and libraries. Each customer has a counter in the customer's row, so orders of different
//! customers do not wait for each other; the watchers of a customer in this process are notified of each new count.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use store::feed::POLL_INTERVAL;
use store::{Db, Tx};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::customer::store::customers;
use crate::fault::{Fault, Result};
use crate::id::CustomerId;

/// How long to wait after the database did not answer.
const PAUSE: Duration = Duration::from_millis(500);
/// The most customers whose counters one statement reads.
const BATCH: usize = 500;

/// The change feed of each customer. Clones share their watchers.
#[derive(Clone)]
pub struct Changes {
    db: Db,
    /// Wakes the reader. This process's writers and new watchers send it; it has no content, because the database has that.
    wake: watch::Sender<()>,
    watched: Arc<Mutex<Watched>>,
}

/// The last known revision of each watched customer. The number of streams is limited, and so is the size of this map.
type Watched = HashMap<CustomerId, watch::Sender<i64>>;

impl Changes {
    pub(crate) fn new(db: Db) -> Self {
        Self {
            db,
            wake: watch::Sender::new(()),
            watched: Arc::default(),
        }
    }

    /// The revision for everything that this transaction changes for a customer. The customer's other writers wait
    /// until it ends, so commits are in the order of revisions.
    pub(crate) async fn next_revision(&self, tx: &mut Tx, customer: CustomerId) -> Result<i64> {
        tx.wake_on_commit(&self.wake);
        Ok(customers::next_revision(tx, customer).await?)
    }

    /// The revision of a customer's last change.
    pub(crate) async fn revision(&self, customer: CustomerId) -> Result<i64> {
        Ok(customers::revision(&self.db, customer).await?)
    }

    /// Follows a customer's revision while the receiver lives and [`Self::run`] does.
    pub(crate) fn watch(&self, customer: CustomerId) -> watch::Receiver<i64> {
        let receiver = {
            let mut watched = self.watched();
            let sender = watched.entry(customer).or_insert_with(|| watch::Sender::new(0));
            sender.subscribe()
        };
        self.wake.send_replace(());
        receiver
    }

    /// Notifies the watchers in this process of changes that any process made, until it is cancelled.
    pub async fn run(&self, cancel: CancellationToken) {
        let tell = async {
            let mut woken = self.wake.subscribe();
            loop {
                // Marked as seen before the database is read: a change in between wakes the reader again.
                woken.mark_unchanged();
                let customers = self.customers_watched();
                if customers.is_empty() {
                    // The sender is a field of `self`, so it cannot be closed.
                    let _ = woken.changed().await;
                } else if let Err(error) = self.tell(&customers).await {
                    tracing::warn!(%error, "the changes of orders could not be followed");
                    tokio::time::sleep(PAUSE).await;
                } else {
                    let _ = tokio::time::timeout(POLL_INTERVAL, woken.changed()).await;
                }
            }
        };
        cancel.run_until_cancelled(tell).await;
    }

    async fn tell(&self, customers: &[CustomerId]) -> std::result::Result<(), store::Error> {
        for batch in customers.chunks(BATCH) {
            let revisions = customers::revisions(&self.db, batch).await?;
            let watched = self.watched();
            for (customer, revision) in revisions {
                if let Some(sender) = watched.get(&customer) {
                    sender.send_if_modified(|known| {
                        let is_new = revision > *known;
                        *known = revision.max(*known);
                        is_new
                    });
                }
            }
        }
        Ok(())
    }

    /// The customers that are watched; those without a watcher are removed.
    fn customers_watched(&self) -> Vec<CustomerId> {
        let mut watched = self.watched();
        watched.retain(|_, sender| sender.receiver_count() > 0);
        watched.keys().copied().collect()
    }

    fn watched(&self) -> std::sync::MutexGuard<'_, Watched> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits until there is a change after this revision, and returns the latest revision.
pub(crate) async fn after(revisions: &mut watch::Receiver<i64>, seen: i64) -> Result<i64> {
    let waited = revisions.wait_for(|revision| *revision > seen).await;
    Ok(*waited.map_err(Fault::internal)?)
}
