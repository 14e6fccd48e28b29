//! Watching the settings: as they are, and again each time that they change, as the follower learns of it.

use store::Db;
use tokio::sync::watch;

use crate::fault::{Fault, Result};
use crate::settings::Kept;
use crate::settings::store as settings;

/// A watcher, and the revision of the settings that it has.
pub(crate) struct SettingsChanges {
    pub(crate) db: Db,
    pub(crate) followed: watch::Receiver<i64>,
    pub(crate) seen: Option<i64>,
}

impl SettingsChanges {
    /// Waits for settings that the watcher does not have.
    pub(crate) async fn next(&mut self) -> Result<Kept> {
        loop {
            // Before the settings are read: a change between the two is looked at again.
            self.followed.mark_unchanged();
            let kept = settings::find(&self.db).await?;
            if self.seen != Some(kept.revision) {
                self.seen = Some(kept.revision);
                return Ok(kept);
            }
            let closed = |error: watch::error::RecvError| Fault::DatabaseUnavailable {
                private: error.to_string(),
            };
            self.followed.changed().await.map_err(closed)?;
        }
    }
}
