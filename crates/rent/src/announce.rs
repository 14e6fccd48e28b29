//! Announcing changes: one look at the feed for all who watch in this process.

use store::Feed;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::fault::{Fault, Result};

/// How long to rest after the database could not be asked.
const PAUSE: std::time::Duration = std::time::Duration::from_millis(500);

/// Looks at the feed, and tells the watchers of this process how far it has come.
#[derive(Clone)]
pub struct Announcer {
    feed: Feed,
    revision: watch::Sender<i64>,
}

impl Announcer {
    pub(crate) fn new(feed: Feed) -> Self {
        Self {
            feed,
            revision: watch::Sender::new(0),
        }
    }

    /// Announces until it is cancelled.
    pub async fn run(&self, cancel: CancellationToken) {
        let announce = async {
            loop {
                let seen = *self.revision.borrow();
                match self.feed.changed_after(seen).await {
                    Ok(revision) => {
                        self.revision.send_replace(revision);
                    }
                    Err(error) => {
                        tracing::warn!(%error, "the changes of orders could not be followed");
                        tokio::time::sleep(PAUSE).await;
                    }
                }
            }
        };
        cancel.run_until_cancelled(announce).await;
    }

    /// The revision of the last change, as the database has it.
    pub(crate) async fn present(&self) -> Result<i64> {
        Ok(self.feed.revision().await?)
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<i64> {
        self.revision.subscribe()
    }
}

/// Waits until there is a change after this revision, and returns the last one's.
pub(crate) async fn after(revisions: &mut watch::Receiver<i64>, seen: i64) -> Result<i64> {
    let waited = revisions.wait_for(|revision| *revision > seen).await;
    Ok(*waited.map_err(Fault::internal)?)
}
