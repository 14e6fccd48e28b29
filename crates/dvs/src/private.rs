//! Keeps what the store writes private to its owner, because it contains customers' mails, orders and keys.

use std::ffi::OsStr;
use std::fs::{self, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use anyhow::{Result, ensure};
use rustix::fs::Mode;
use rustix::process::umask;

/// The permissions of group and others.
const OTHERS: u32 = 0o077;
const OTHERS_WRITE: u32 = 0o022;

/// From here on, the process creates files and folders that other users cannot open.
pub(crate) fn create_for_the_owner_alone() {
    umask(Mode::RWXG | Mode::RWXO);
}

/// The store's files in a data folder: names, and endings of names.
const NAMES: [&str; 7] = [
    "lock",
    "databases",
    "demonstration",
    "search",
    "search.unusable",
    "media",
    "mail",
];
const ENDINGS: [&str; 6] = [".db", ".db-wal", ".db-shm", ".key", ".sock", ".unfinished"];

/// Closes a data folder to other users, for example one that an earlier version created, or that was copied with other
/// permissions. If the folder contains other things too, only the store's files in it are closed; if others may write
/// to such a folder, it is refused.
pub(crate) fn close_to_others(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if is_of_the_store(&entry.file_name()) {
            close_entry(&entry.path())?;
        }
    }
    let found = fs::metadata(folder)?;
    let folder_path = folder.display();
    if !is_open(&found) {
        return Ok(());
    }
    if !holds_other_things(folder)? && close(folder, &found).is_ok() {
        tracing::warn!(folder = %folder_path, "the data folder was open to other users; it is closed to them now");
        return Ok(());
    }
    ensure_others_do_not_write(folder, &found)?;
    tracing::warn!(
        "the data folder {folder_path} holds other things as well and stays open to other users, who see the names of \
         the store's files: close it (chmod 700 {folder_path}), or give the store a folder of its own (--data-dir)"
    );
    Ok(())
}

/// Reports how a data folder is open to other users, and changes nothing; fails if the store would not start.
pub(crate) fn look(folder: &Path) -> Result<Option<String>> {
    let found = fs::metadata(folder)?;
    if !is_open(&found) {
        return Ok(None);
    }
    if holds_other_things(folder)? {
        ensure_others_do_not_write(folder, &found)?;
    }
    Ok(Some(format!(
        "other users can look into it (mode {:o}): close it (chmod 700 {})",
        found.mode() & 0o7777,
        folder.display()
    )))
}

fn holds_other_things(folder: &Path) -> Result<bool> {
    for entry in fs::read_dir(folder)? {
        if !is_of_the_store(&entry?.file_name()) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn ensure_others_do_not_write(folder: &Path, found: &Metadata) -> Result<()> {
    let mode = found.mode() & 0o7777;
    ensure!(
        mode & OTHERS_WRITE == 0,
        "other users may write in it (mode {mode:o}, of user {}): use a folder of your own, such as {}",
        found.uid(),
        folder.join("store").display()
    );
    Ok(())
}

fn is_of_the_store(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    NAMES.contains(&&*name) || ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// Closes a file, or a folder with everything in it. Files of another user cannot be changed; links are skipped,
/// because they lead elsewhere.
fn close_entry(path: &Path) -> io::Result<()> {
    // It may have been removed in the meantime, as another tool's unfinished file is.
    let Ok(found) = fs::symlink_metadata(path) else {
        return Ok(());
    };
    if found.is_symlink() {
        return Ok(());
    }
    if is_open(&found)
        && let Err(error) = close(path, &found)
    {
        let path = path.display();
        tracing::warn!(%error, "other users can read {path}, which is the store's: close it as its owner (chmod go= {path})");
    }
    if found.is_dir() {
        for entry in fs::read_dir(path)? {
            close_entry(&entry?.path())?;
        }
    }
    Ok(())
}

fn is_open(found: &Metadata) -> bool {
    found.mode() & OTHERS != 0
}

fn close(path: &Path, found: &Metadata) -> io::Result<()> {
    fs::set_permissions(path, Permissions::from_mode(found.mode() & !OTHERS & 0o7777))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::symlink_metadata(path).unwrap().mode() & 0o777
    }

    #[test]
    fn an_open_folder_is_closed_to_others_with_all_that_is_in_it() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("data");
        fs::create_dir_all(folder.join("mail")).unwrap();
        fs::write(folder.join("mail/letter.eml"), "Olá").unwrap();
        let elsewhere = root.path().join("elsewhere");
        fs::write(&elsewhere, "somebody's").unwrap();
        symlink(&elsewhere, folder.join("mail/link")).unwrap();
        fs::write(folder.join("rent.db"), "").unwrap();
        for (path, open) in [
            ("", 0o755),
            ("mail", 0o755),
            ("mail/letter.eml", 0o644),
            ("rent.db", 0o666),
        ] {
            fs::set_permissions(folder.join(path), Permissions::from_mode(open)).unwrap();
        }
        fs::set_permissions(&elsewhere, Permissions::from_mode(0o644)).unwrap();
        assert!(look(&folder).unwrap().is_some());
        assert_eq!(mode(&folder), 0o755, "looking changes nothing");
        close_to_others(&folder).unwrap();
        assert_eq!(look(&folder).unwrap(), None);
        assert_eq!(mode(&folder), 0o700);
        assert_eq!(mode(&folder.join("mail")), 0o700);
        assert_eq!(mode(&folder.join("mail/letter.eml")), 0o600);
        assert_eq!(mode(&folder.join("rent.db")), 0o600);
        assert_eq!(mode(&elsewhere), 0o644);
    }

    #[test]
    fn a_folder_with_other_things_in_it_stays_and_is_refused_where_others_may_write() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["notes.txt", "rent.db"] {
            fs::write(folder.path().join(name), "").unwrap();
            fs::set_permissions(folder.path().join(name), Permissions::from_mode(0o644)).unwrap();
        }
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        let told = look(folder.path()).unwrap().unwrap();
        assert!(told.contains("mode 755") && told.contains("chmod 700"), "{told}");
        assert_eq!(mode(&folder.path().join("rent.db")), 0o644, "looking changes nothing");
        close_to_others(folder.path()).unwrap();
        assert_eq!(mode(folder.path()), 0o755);
        assert_eq!(mode(&folder.path().join("notes.txt")), 0o644);
        assert_eq!(mode(&folder.path().join("rent.db")), 0o600);
        fs::set_permissions(folder.path(), Permissions::from_mode(0o1777)).unwrap();
        let refusal = close_to_others(folder.path()).unwrap_err().to_string();
        assert!(refusal.contains("other users may write in it (mode 1777"), "{refusal}");
        assert_eq!(look(folder.path()).unwrap_err().to_string(), refusal);
    }
}
