//! Storage problems that only the operator can repair: a full disk, a folder that cannot be written, no file handles
//! left. The process logs them at intervals, and reports them in its readiness check.

use std::error::Error as StdError;
use std::io::ErrorKind;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How often the same cause is logged, although each call fails because of it.
const TELL_EVERY: Duration = Duration::from_secs(10);
/// How long a cause makes the process unready after its last occurrence.
const HOLDS_FOR: Duration = Duration::from_secs(10);

/// Why data cannot be read or written, in the words that the operator sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StorageCause {
    #[error("the disk is full")]
    Full,
    #[error("the disk does not do what it is asked (I/O error)")]
    Disk,
    #[error("the files or their folder cannot be written by this process")]
    NotWritable,
    #[error("a file cannot be opened: it is not there, this process may not, or it has too many files open")]
    NotOpened,
    #[error("this process has too many files open (see `ulimit -n`)")]
    TooManyFiles,
    #[error("the database file is damaged")]
    Damaged,
}

impl StorageCause {
    /// The cause among the sources of an error, if the system names one.
    pub fn of(error: &(dyn StdError + 'static)) -> Option<Self> {
        let mut causes = std::iter::successors(Some(error), |&error| error.source());
        causes.find_map(|cause| Self::of_io(cause.downcast_ref::<std::io::Error>()?))
    }

    fn of_io(error: &std::io::Error) -> Option<Self> {
        const EMFILE: i32 = 24;
        const ENFILE: i32 = 23;
        const EIO: i32 = 5;
        match (error.kind(), error.raw_os_error()) {
            (ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge, _) => Some(Self::Full),
            (ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem, _) => Some(Self::NotWritable),
            (_, Some(EMFILE | ENFILE)) => Some(Self::TooManyFiles),
            (_, Some(EIO)) => Some(Self::Disk),
            _ => None,
        }
    }

    /// `SQLite`'s result codes, whose low byte is the primary code.
    pub(crate) fn of_sqlite(code: u32) -> Option<Self> {
        match code & 0xFF {
            8 => Some(Self::NotWritable),
            10 => Some(Self::Disk),
            11 | 26 => Some(Self::Damaged),
            13 => Some(Self::Full),
            14 => Some(Self::NotOpened),
            _ => None,
        }
    }

    /// `PostgreSQL`'s codes for a server without disk space or with a failing disk.
    pub(crate) fn of_postgres(code: &str) -> Option<Self> {
        match code {
            "53100" => Some(Self::Full),
            "58030" => Some(Self::Disk),
            "XX001" | "XX002" => Some(Self::Damaged),
            _ => None,
        }
    }

    /// Records an occurrence: logs it, unless the same cause was logged a moment ago, and makes [`Self::recent`] report
    /// it for a while.
    pub fn note(self, detail: &dyn std::fmt::Display) {
        let now = Instant::now();
        let mut met = MET.lock().unwrap_or_else(PoisonError::into_inner);
        let told_at = met.as_ref().filter(|met| met.cause == self).map(|met| met.told_at);
        let is_news = told_at.is_none_or(|told_at| now.duration_since(told_at) >= TELL_EVERY);
        *met = Some(Met {
            cause: self,
            at: now,
            told_at: told_at.filter(|_| !is_news).unwrap_or(now),
        });
        drop(met);
        if is_news {
            tracing::error!(%detail, "{self}: the store cannot work as it should until this is mended");
        }
    }

    /// The last cause, if it occurred within [`HOLDS_FOR`].
    pub fn recent() -> Option<Self> {
        let met = MET.lock().unwrap_or_else(PoisonError::into_inner);
        let recent = met.as_ref().filter(|met| met.at.elapsed() < HOLDS_FOR);
        recent.map(|met| met.cause)
    }
}

/// An error and its sources as one sentence; a source that the text before already contains is not repeated.
pub fn causes(error: &(dyn StdError + 'static)) -> String {
    let mut told = error.to_string();
    for cause in std::iter::successors(error.source(), |&error| error.source()) {
        let cause = cause.to_string();
        if !told.contains(&cause) {
            told.push_str(": ");
            told.push_str(&cause);
        }
    }
    told
}

struct Met {
    cause: StorageCause,
    at: Instant,
    told_at: Instant,
}

/// One for the whole process, because the disk and the file handles are shared by all of it.
static MET: Mutex<Option<Met>> = Mutex::new(None);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_found_behind_other_errors() {
        #[derive(Debug, thiserror::Error)]
        #[error("a film cannot be written")]
        struct Outer(#[source] std::io::Error);
        for (system, cause) in [
            (28, Some(StorageCause::Full)),
            (122, Some(StorageCause::Full)),
            (27, Some(StorageCause::Full)),
            (13, Some(StorageCause::NotWritable)),
            (30, Some(StorageCause::NotWritable)),
            (24, Some(StorageCause::TooManyFiles)),
            (5, Some(StorageCause::Disk)),
            (2, None),
        ] {
            let error = Outer(std::io::Error::from_raw_os_error(system));
            assert_eq!(StorageCause::of(&error), cause, "{system}");
        }
    }

    #[test]
    fn a_recent_cause_is_reported() {
        StorageCause::Full.note(&"a test");
        assert_eq!(StorageCause::recent(), Some(StorageCause::Full));
    }
}
