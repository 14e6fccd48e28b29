//! Removes files of the blob store that nothing plays: remains of interrupted uploads, replaced films that no customer watches
//! any more, and files that the database has not known for days. Several processes may do so at once in one blob store.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures::TryStreamExt;
use jiff::Timestamp;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use store::{Clock, Db};
use tokio_util::sync::CancellationToken;

use crate::fault::Result;
use crate::media::store::files;

/// How often a process renews the lease of an upload that it receives.
pub(crate) const RENEWAL: Duration = Duration::from_secs(20);
/// An upload that was not renewed for this long is given up: its process is taken for dead.
const UPLOAD_LEASE: Duration = Duration::from_mins(2);
/// How long a replaced film is kept: the longest lease of a player, and an hour.
const KEPT_FOR_VIEWERS: Duration = Duration::from_hours(13);
/// How often the sweeper looks for files to remove.
const PAUSE: Duration = Duration::from_mins(1);
/// One run in sixty lists all uploaded files in the blob store, to find those that the database does not know.
const LISTED_EVERY: u32 = 60;
/// How long a file is kept after this database first found that it does not know it: the catalogue that knows it may have
/// been lost, and its operator needs time to bring it back.
const UNKNOWN_KEPT_FOR: Duration = Duration::from_hours(7 * 24);
/// How many files one step handles.
const BATCH: i64 = 500;
const FOLDER: &str = "titles";

/// Until when a film that is replaced now is kept for customers who are watching it.
pub(crate) fn keep_until_us(now_us: i64) -> i64 {
    now_us.saturating_add(microseconds(KEPT_FOR_VIEWERS))
}

/// When a file is removed that this database first found then not to know it, at the earliest.
pub(crate) fn removed_at_us(found_at_us: i64) -> i64 {
    found_at_us.saturating_add(microseconds(UNKNOWN_KEPT_FOR))
}

/// Removes files; it [runs](Self::run) next to the service.
pub struct Sweeper {
    pub(crate) db: Db,
    pub(crate) blobs: Arc<dyn ObjectStore>,
    pub(crate) clock: Arc<dyn Clock>,
    /// The blob store's folder, if it is a folder: uploads under way have half-written files in it.
    pub(crate) folder: Option<PathBuf>,
}

impl Sweeper {
    /// Removes files at regular intervals, until it is cancelled.
    pub async fn run(&self, cancel: CancellationToken) {
        let sweep = async {
            for round in 0_u32.. {
                self.sweep(round % LISTED_EVERY == 0).await;
                tokio::time::sleep(PAUSE).await;
            }
        };
        cancel.run_until_cancelled(sweep).await;
    }

    /// Removes what can be removed. With `lists_all` it also lists all uploaded files, to find unknown ones.
    pub async fn sweep(&self, lists_all: bool) {
        let now_us = self.clock.now_us();
        let stale = now_us.saturating_sub(microseconds(UPLOAD_LEASE));
        note("interrupted uploads", self.give_up(stale).await);
        note("replaced films", self.remove_outdated(now_us).await);
        if lists_all {
            note("files that were unknown for long", self.remove_unknown(now_us).await);
        }
    }

    /// Gives up uploads that were not renewed since a time, and removes their files.
    async fn give_up(&self, renewed_before_us: i64) -> Result<usize> {
        let mut removed = 0;
        loop {
            let stale = files::stale_uploads(&self.db, renewed_before_us, BATCH).await?;
            if stale.is_empty() {
                return Ok(removed);
            }
            for location in stale {
                // From here on the database refuses to end the upload, even if its process still runs.
                if files::give_up_upload(&self.db, &location, renewed_before_us).await? {
                    self.remove(&location).await?;
                    files::forget_upload(&self.db, &location).await?;
                    removed += 1;
                }
            }
        }
    }

    async fn remove_outdated(&self, now_us: i64) -> Result<usize> {
        let mut removed = 0;
        loop {
            let outdated = files::outdated(&self.db, now_us, BATCH).await?;
            if outdated.is_empty() {
                return Ok(removed);
            }
            let played = files::played(&self.db, &outdated).await?;
            for location in outdated {
                // Another title may play the same file. When that title's film is replaced, the file is recorded again, with a new time.
                if !played.contains(&location) {
                    self.remove(&location).await?;
                    removed += 1;
                }
                files::forget_replaced(&self.db, &location).await?;
            }
        }
    }

    /// Lists the folder of uploads in the blob store, records the files that the database does not know, and removes those that
    /// it has not known for long.
    async fn remove_unknown(&self, now_us: i64) -> Result<usize> {
        let mut found = self.note_half_written(now_us).await?;
        let mut listed = self.blobs.list(Some(&Path::from(FOLDER)));
        let mut batch = Vec::new();
        loop {
            let next = listed.try_next().await?;
            let is_last = next.is_none();
            let location = next.map(|file| file.location.to_string());
            batch.extend(location.filter(|location| files::is_ours(location)));
            if is_last || i64::try_from(batch.len()).is_ok_and(|files| files >= BATCH) {
                found += self.note_unknown_of(&batch, now_us).await?;
                batch.clear();
            }
            if is_last {
                break;
            }
        }
        if found > 0 {
            let kept_until = Timestamp::from_microsecond(removed_at_us(now_us)).unwrap_or(Timestamp::MAX);
            tracing::warn!(
                files = found,
                %kept_until,
                "the media store has files that this catalogue does not know; if another catalogue knows them, restore it before they are removed"
            );
        }
        files::forget_unseen(&self.db, now_us).await?;
        self.remove_long_unknown(now_us.saturating_sub(microseconds(UNKNOWN_KEPT_FOR)))
            .await
    }

    /// Records the unknown ones of some files, and returns how many of these are new.
    async fn note_unknown_of(&self, locations: &[String], now_us: i64) -> Result<usize> {
        let known = files::known(&self.db, locations).await?;
        let mut unknown = locations.to_vec();
        unknown.retain(|location| !known.contains(location));
        if unknown.is_empty() {
            return Ok(0);
        }
        Ok(files::note_unknown(&self.db, &unknown, now_us).await?)
    }

    /// Does so for half-written files in the store's folder, which a listing of the blob store does not contain.
    async fn note_half_written(&self, now_us: i64) -> Result<usize> {
        let Some(folder) = self.folder.clone() else {
            return Ok(0);
        };
        let half = tokio::task::spawn_blocking(move || half_written(&folder.join(FOLDER))).await?;
        let half: Vec<_> = half.into_iter().collect();
        let mut found = 0;
        for batch in half.chunks(usize::try_from(BATCH).unwrap_or(usize::MAX)) {
            found += self.note_unknown_of(batch, now_us).await?;
        }
        Ok(found)
    }

    async fn remove_long_unknown(&self, found_before_us: i64) -> Result<usize> {
        let mut removed = 0;
        loop {
            let long = files::long_unknown(&self.db, found_before_us, BATCH).await?;
            if long.is_empty() {
                return Ok(removed);
            }
            let known = files::known(&self.db, &long).await?;
            for location in long {
                if !known.contains(&location) {
                    self.remove(&location).await?;
                    removed += 1;
                }
                files::forget_unknown(&self.db, &location).await?;
            }
        }
    }

    /// Removes an upload's file, and its half-written one.
    async fn remove(&self, location: &str) -> Result<()> {
        match self.blobs.delete(&Path::from(location)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        if let Some(folder) = self.folder.as_ref().filter(|_| files::is_ours(location))
            && let Some(place) = folder.join(location).parent()
        {
            // The folder is this upload's alone.
            match tokio::fs::remove_dir_all(place).await {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
        Ok(())
    }
}

/// Logs what was done if anything was done: an idle store logs nothing.
fn note(what: &str, removed: Result<usize>) {
    match removed {
        Ok(0) => {}
        Ok(files) => tracing::info!(files, what, "media files were removed"),
        Err(fault) => tracing::warn!(?fault, what, "media files could not be removed; it is tried again"),
    }
}

/// Where the whole files of half-written uploads would be: `film.mp4` for `film.mp4#1`.
fn half_written(folder: &std::path::Path) -> BTreeSet<String> {
    let entries = |folder: &std::path::Path| {
        let read = std::fs::read_dir(folder).into_iter().flatten();
        read.filter_map(std::result::Result::ok)
            .map(|entry| entry.path())
            .collect::<Vec<_>>()
    };
    let places = entries(folder).into_iter().flat_map(|title| entries(&title));
    let files = places.flat_map(|place| entries(&place));
    let half = files.filter_map(|file| {
        let (whole, number) = file.file_name()?.to_str()?.rsplit_once('#')?;
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        let place = file.parent()?;
        let (title, place) = (place.parent()?.file_name()?.to_str()?, place.file_name()?.to_str()?);
        let location = format!("{FOLDER}/{title}/{place}/{whole}");
        (is_number && files::is_ours(&location)).then_some(location)
    });
    half.collect()
}

fn microseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
