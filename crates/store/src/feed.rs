//! A service's change feed: one counter, moved in the transaction that changes something.
//!
//! Commit order is revision order, because the counter's row is locked until the commit. Tables carry the `revision`
//! of their rows' last change, deletes leave tombstones that carry one too, and whoever follows asks for what came
//! after the revision it has. Each service's migrations hold the counter (on `PostgreSQL` `SMALLINT`, `BIGINT` and no
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

/// How late another process's change may be seen.
pub const POLL_INTERVAL: Duration = Duration::from_millis(500);

/// The change feed of one database. Clones wake each other.
#[derive(Debug, Clone)]
pub struct Feed {
    db: Db,
    /// Woken by this process's own writers; it carries no meaning, the database does.
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

    /// The revision of everything this transaction changes. From here on, writers wait for each other.
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
        // Listening before looking: a change between the two wakes.
        let mut woken = self.wake.subscribe();
        loop {
            let revision = self.revision().await?;
            if revision > seen {
                return Ok(revision);
            }
            // The end of either is the same: look again.
            let _ = tokio::time::timeout(self.poll_interval, woken.changed()).await;
        }
    }
}

/// The revision that this database or transaction sees.
pub async fn revision(mut on: impl Source) -> Result<i64, Error> {
    let (revision,) = fetch_one!(on, (i64,), "SELECT revision FROM feed WHERE id = 1")?;
    Ok(revision)
}
