//! Conditions that keep a process from working and that only its operator can solve: a full disk, a folder that cannot
//! be written, no free file handles. `/readyz` and `dvs doctor` report them.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use rustix::fs::{Access, access, statvfs};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use store::StorageCause;

use crate::commands::counted;

/// With less free space, a database may fail to write its next transaction.
const ROOM_BYTES: u64 = 1024 * 1024;
/// Files that a process has open besides its connections: databases, the search index, films.
const OWN_FILES: u64 = 256;
/// The accept loop holds a second handle for each socket.
const FILES_A_CONNECTION: u64 = 2;
/// With fewer connections than this, a store does not start.
const FEWEST_CONNECTIONS: u64 = 128;

/// What is wrong with the folders that a process writes to, now or a moment ago, in a sentence.
pub(crate) fn of(folders: Vec<PathBuf>) -> impl Fn() -> Option<String> + Send + Sync {
    move || {
        let known = StorageCause::recent().map(|cause| cause.to_string());
        let found = || folders.iter().find_map(|folder| look(folder).err());
        let cause = known.or_else(|| found().map(|error| format!("{error:#}")))?;
        Some(format!("The store cannot work: {cause}."))
    }
}

/// Checks that a folder can be written, and that its disk has free space.
pub(crate) fn look(folder: &Path) -> Result<()> {
    let at = folder.display();
    let writable = access(folder, Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK);
    if let Err(error) = writable {
        anyhow::bail!("the folder {at} cannot be written: {error}");
    }
    let room = statvfs(folder)?;
    let left = room.f_bavail.saturating_mul(room.f_frsize);
    ensure!(
        left >= ROOM_BYTES,
        "the disk is full: {} left for the folder {at}",
        counted(left, "byte is", "bytes are")
    );
    ensure!(
        !matches!(std::fs::read_dir(folder), Err(error) if StorageCause::of(&error).is_some()),
        "this process has too many files open (see `ulimit -n`)"
    );
    Ok(())
}

/// Raises the limit of open files as far as the system allows, and returns how many connections that is enough for.
pub(crate) fn allow_connections(wanted: usize) -> Result<usize> {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        ..limit
    };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::debug!(%error, "the limit of open files stays as it is");
    }
    // `None` is "no limit".
    let Some(files) = getrlimit(Resource::Nofile).current else {
        return Ok(wanted);
    };
    let connections = connections_of(files, wanted)?;
    if connections < wanted {
        let needed = files_for(wanted);
        tracing::warn!(
            "this process may open {files} files, which is enough for {connections} connections and not for \
             {wanted}: allow {needed} (`ulimit -n {needed}`), or ask for fewer (--max-connections)"
        );
    }
    Ok(connections)
}

fn files_for(connections: usize) -> u64 {
    OWN_FILES + FILES_A_CONNECTION * u64::try_from(connections).unwrap_or(u64::MAX / FILES_A_CONNECTION - OWN_FILES)
}

/// How many connections this many files are enough for, up to the wanted number.
fn connections_of(files: u64, wanted: usize) -> Result<usize> {
    let enough_for = files.saturating_sub(OWN_FILES) / FILES_A_CONNECTION;
    let fewest = FEWEST_CONNECTIONS.min(u64::try_from(wanted)?);
    ensure!(
        enough_for >= fewest,
        "this process may open {files} files, and the store needs {} for {wanted} connections: raise the limit \
         (`ulimit -n {}`)",
        files_for(wanted),
        files_for(wanted),
    );
    Ok(wanted.min(usize::try_from(enough_for).unwrap_or(usize::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_files_are_few_connections_and_too_few_are_refused_with_the_number() {
        assert_eq!(connections_of(1_000_000, 4_096).unwrap(), 4_096);
        assert_eq!(connections_of(1_024, 4_096).unwrap(), 384);
        assert_eq!(connections_of(300, 8).unwrap(), 8);
        let refused = connections_of(64, 4_096).unwrap_err().to_string();
        assert!(refused.contains("ulimit -n 8448"), "{refused}");
    }

    #[test]
    fn a_folder_that_is_missing_or_full_is_reported() {
        let folder = tempfile::tempdir().unwrap();
        assert!(look(folder.path()).is_ok());
        let missing = look(&folder.path().join("gone")).unwrap_err().to_string();
        assert!(missing.contains("cannot be written"), "{missing}");
        assert!(of(vec![folder.path().join("gone")])().is_some());
        // A file system that never has free space.
        let full = look(Path::new("/proc")).unwrap_err().to_string();
        assert!(
            full.contains("cannot be written") || full.contains("the disk is full"),
            "{full}"
        );
    }
}
