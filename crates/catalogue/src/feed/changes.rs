//! Watching titles: the changes after a revision, as soon as the follower has taken them in.

use store::Db;
use tokio::sync::watch;

use crate::fault::{Fault, Result};
use crate::feed::follow::{Changes, changes};

/// A watcher that has seen everything up to a revision. It holds no messages in memory: each is read from the database.
pub(crate) struct TitleChanges {
    pub(crate) db: Db,
    pub(crate) followed: watch::Receiver<i64>,
    pub(crate) seen: i64,
}

impl TitleChanges {
    /// Waits for the next changes.
    pub(crate) async fn next(&mut self) -> Result<Changes> {
        loop {
            if let Some(changes) = changes(&self.db, self.seen).await? {
                self.seen = changes.revision;
                return Ok(changes);
            }
            let closed = |error: watch::error::RecvError| Fault::DatabaseUnavailable {
                private: error.to_string(),
            };
            let seen = self.seen;
            self.followed
                .wait_for(|followed| *followed > seen)
                .await
                .map_err(closed)?;
        }
    }
}
