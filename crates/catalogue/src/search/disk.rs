//! The index's folder: opening what a killed process may have left there, and emptying it.
//!
//! tantivy trusts its folder. A process that is killed during a commit leaves files there that the next commit of the same
//! number wants to create, and a disk leaves files that are not what was written. So the folder is checked before it is
//! used: every file that the index names must be whole, and every other file is removed.

use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tantivy::directory::{Directory, INDEX_WRITER_LOCK, META_LOCK, MmapDirectory};
use tantivy::index::SegmentComponent;
use tantivy::{Index, TantivyError};

use crate::search::SearchError;
use crate::search::words::{self, Fields};

/// An index on disk that has another version is rebuilt.
const VERSION: u32 = 5;

/// The files of an index that belong to no segment.
const META: &str = "meta.json";
const MANAGED: &str = ".managed.json";

/// What a commit says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Committed {
    version: u32,
    /// Which catalogue the titles are of: an index of another one has other titles under the same revisions.
    catalogue: String,
    pub(super) revision: i64,
}

impl Committed {
    pub(super) fn new(catalogue: &str, revision: i64) -> Self {
        Self {
            version: VERSION,
            catalogue: catalogue.to_owned(),
            revision,
        }
    }

    pub(super) fn payload(&self) -> Result<String, SearchError> {
        Ok(serde_json::to_string(self).map_err(io::Error::from)?)
    }

    /// Reads the payload of a commit; none when it is of another version or of another catalogue.
    fn read(payload: &str, catalogue: &str) -> Option<Self> {
        let committed: Self = serde_json::from_str(payload).ok()?;
        (committed.version == VERSION && committed.catalogue == catalogue).then_some(committed)
    }
}

/// Opens the index in a folder, and returns it with the revision that it holds; `None` if there is no index of this
/// catalogue and version.
pub(super) fn open(folder: &Path, catalogue: &str) -> Result<Option<(Index, i64)>, SearchError> {
    if !folder.join(META).is_file() {
        return Ok(None);
    }
    let (schema, _) = Fields::schema();
    let index = words::open(mapped(folder)?, schema)?;
    let meta = index.load_metas()?;
    let Some(committed) = meta
        .payload
        .as_deref()
        .and_then(|payload| Committed::read(payload, catalogue))
    else {
        return Ok(None);
    };
    let mut named = meta.list_segment_files();
    for segment in &meta.segments {
        // tantivy also lists names of files that a whole segment does not have.
        named.remove(&segment.relative_path(SegmentComponent::TempStore));
        if !segment.has_deletes() {
            named.remove(&segment.relative_path(SegmentComponent::Delete));
        }
    }
    for file in &named {
        let directory = index.directory();
        // tantivy opens a segment that lacks its positions, and fails when it is searched.
        let is_whole = directory.exists(file).map_err(TantivyError::from)?
            && directory.validate_checksum(file).map_err(TantivyError::from)?;
        if !is_whole {
            return Err(SearchError::Damaged(file.clone()));
        }
    }
    let of_the_index: [&OsStr; 4] = [
        META.as_ref(),
        MANAGED.as_ref(),
        lock(&INDEX_WRITER_LOCK),
        lock(&META_LOCK),
    ];
    remove_all(folder, |name| {
        of_the_index.contains(&name) || named.contains(Path::new(name))
    })?;
    Ok(Some((index, committed.revision)))
}

/// Creates an empty index, in place of anything in the folder.
pub(super) fn create(folder: &Path) -> Result<Index, SearchError> {
    clear(folder)?;
    fs::create_dir_all(folder)?;
    let (schema, _) = Fields::schema();
    Ok(words::open(mapped(folder)?, schema)?)
}

fn mapped(folder: &Path) -> Result<Box<dyn Directory>, SearchError> {
    let directory = MmapDirectory::open(folder).map_err(TantivyError::from)?;
    Ok(Box::new(directory))
}

fn lock(lock: &tantivy::directory::Lock) -> &OsStr {
    lock.filepath.as_os_str()
}

/// Empties the folder, or removes what is there instead of one. A link to a folder stays: an operator keeps the index on
/// another disk. What cannot be removed is moved aside.
fn clear(folder: &Path) -> io::Result<()> {
    let cleared = match fs::metadata(folder) {
        Ok(found) if found.is_dir() => remove_all(folder, |_| false),
        _ => remove(folder),
    };
    if let Err(error) = cleared {
        let aside = aside(folder);
        tracing::warn!(%error, aside = %aside.display(), "the search index cannot be removed and is moved aside");
        // One that was moved aside before is in the way; if it stays, the rename says so.
        let _ = remove(&aside);
        fs::rename(folder, &aside)?;
    }
    Ok(())
}

fn aside(folder: &Path) -> PathBuf {
    folder.with_extension("unusable")
}

/// Removes what is in a folder, except what is kept.
fn remove_all(folder: &Path, keeps: impl Fn(&OsStr) -> bool) -> io::Result<()> {
    if fs::metadata(folder)?.permissions().mode() & 0o700 != 0o700 {
        fs::set_permissions(folder, Permissions::from_mode(0o700))?;
    }
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if !keeps(&entry.file_name()) {
            remove(&entry.path())?;
        }
    }
    Ok(())
}

/// Removes a file, a link or a folder with all that is in it; nothing where there is nothing.
fn remove(path: &Path) -> io::Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => {
            remove_all(path, |_| false)?;
            fs::remove_dir(path)
        }
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
