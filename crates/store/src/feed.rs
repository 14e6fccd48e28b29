//! A service's change feed: one counter, incremented in each transaction that changes something.
//!
//! Commit order is revision order, because the counter's row is locked until the commit. Tables hold the `revision` of
//! each row's last change, and a delete leaves a tombstone with a revision, so a follower asks for all rows after the
//! revision that it has seen. Each service's migrations create the counter (on `PostgreSQL` `SMALLINT`, `BIGINT` and no
//! `STRICT`):
//!
//! ```sql
//! CREATE TABLE feed (id INTEGER PRIMARY KEY CHECK (id = 1), revision INTEGER NOT NULL) STRICT;
//! INSERT INTO feed (id, revision) VALUES (1, 0);
//! ```

use std::time::Duration;

use tokio::sync::watch;

use crate::db::Db;
use crate::error::Error;
use crate::fetch_one;
use crate::source::Source;
use crate::transaction::Tx;

/// How long it may take until a follower sees another process's change.
pub const POLL_INTERVAL: Duration = Duration::from_millis(500);

/// The change feed of one database. Clones wake each other.
#[derive(Debug, Clone)]
pub struct Feed {
    db: Db,
    /// Woken by this process's own writers. It carries no value: followers read the revision from the database.
    wake: watch::Sender<()>,
    poll_interval: Duration,
}

impl Feed {
    pub fn new(db: Db) -> Self {
        Self::polling(db, POLL_INTERVAL)
    }

    /// A feed with another interval than [`POLL_INTERVAL`].
    pub fn polling(db: Db, poll_interval: Duration) -> Self {
        let (wake, _) = watch::channel(());
        Self {
            db,
            wake,
            poll_interval,
        }
    }

    /// The revision of all changes of this transaction. From here to the commit, other writers wait.
    pub async fn next_revision(&self, tx: &mut Tx) -> Result<i64, Error> {
        const NEXT: &str = "UPDATE feed SET revision = revision + 1 WHERE id = 1 RETURNING revision";
        tx.wake_on_commit(&self.wake);
        let (revision,) = fetch_one!(tx, (i64,), NEXT)?;
        Ok(revision)
    }

    /// The revision of the last change.
    pub async fn revision(&self) -> Result<i64, Error> {
        revision(&self.db).await
    }

    /// Waits until there are changes after this revision, and returns the last one's.
    pub async fn changed_after(&self, seen: i64) -> Result<i64, Error> {
        // Subscribes before reading, so that a change between the two is not missed.
        let mut woken = self.wake.subscribe();
        loop {
            let revision = self.revision().await?;
            if revision > seen {
                return Ok(revision);
            }
            // Whether woken or timed out, read again.
            let _ = tokio::time::timeout(self.poll_interval, woken.changed()).await;
        }
    }
}

/// The revision as this database or transaction sees it.
pub async fn revision(mut on: impl Source) -> Result<i64, Error> {
    let (revision,) = fetch_one!(on, (i64,), "SELECT revision FROM feed WHERE id = 1")?;
    Ok(revision)
}
