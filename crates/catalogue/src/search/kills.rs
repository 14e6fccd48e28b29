//! If a process is killed at any file operation of a commit, or of the opening before it, its folder can be opened again.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use tantivy::directory::error::{DeleteError, LockError, OpenReadError, OpenWriteError};
use tantivy::directory::{
    AntiCallToken, Directory, DirectoryLock, FileHandle, Lock, MmapDirectory, TerminatingWrite, WatchCallback,
    WatchHandle, WritePtr,
};
use tempfile::TempDir;

use super::tests::{CATALOGUE, title};
use super::words::Fields;
use super::*;

/// A folder whose state is recorded after each operation, as a kill at that point would leave it.
#[derive(Clone, Debug)]
struct Recorded {
    inner: MmapDirectory,
    states: Arc<States>,
}

#[derive(Debug)]
struct States {
    folder: PathBuf,
    kept: Mutex<Kept>,
}

/// The recorded states, without duplicates.
#[derive(Debug, Default)]
struct Kept {
    operations: usize,
    states: BTreeSet<Files>,
}

/// A folder's files, by their names.
type Files = BTreeMap<OsString, Vec<u8>>;

impl States {
    fn keep(&self) {
        // Threads that merge run at the same time as commits.
        let mut kept = self.kept.lock().unwrap();
        kept.operations += 1;
        kept.states.insert(read(&self.folder));
    }
}

fn read(folder: &Path) -> Files {
    let mut files = Files::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        match fs::read(entry.path()) {
            Ok(bytes) => drop(files.insert(entry.file_name(), bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => panic!("{error}"),
        }
    }
    files
}

/// A folder in memory if the machine has one: the test makes many commits, and each waits for its disk.
fn folder_in_memory() -> TempDir {
    let in_memory = tempfile::tempdir_in("/dev/shm");
    in_memory.or_else(|_| tempfile::tempdir()).unwrap()
}

struct RecordedWriter {
    inner: WritePtr,
    states: Arc<States>,
}

impl Write for RecordedWriter {
    /// A write is recorded when half of it is done too, as if the process died in the middle.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let half = bytes.len().div_ceil(2);
        self.inner.write_all(&bytes[..half])?;
        self.inner.flush()?;
        self.states.keep();
        self.inner.write_all(&bytes[half..])?;
        self.inner.flush()?;
        self.states.keep();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl TerminatingWrite for RecordedWriter {
    fn terminate_ref(&mut self, token: AntiCallToken) -> io::Result<()> {
        self.inner.terminate_ref(token)?;
        self.states.keep();
        Ok(())
    }
}

impl Directory for Recorded {
    fn get_file_handle(&self, path: &Path) -> Result<Arc<dyn FileHandle>, OpenReadError> {
        self.inner.get_file_handle(path)
    }

    fn delete(&self, path: &Path) -> Result<(), DeleteError> {
        let deleted = self.inner.delete(path);
        self.states.keep();
        deleted
    }

    fn exists(&self, path: &Path) -> Result<bool, OpenReadError> {
        self.inner.exists(path)
    }

    fn open_write(&self, path: &Path) -> Result<WritePtr, OpenWriteError> {
        let inner = self.inner.open_write(path)?;
        self.states.keep();
        let states = Arc::clone(&self.states);
        Ok(io::BufWriter::new(Box::new(RecordedWriter { inner, states })))
    }

    fn atomic_read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        self.inner.atomic_read(path)
    }

    /// Before the rename the bytes are in a file of a random name.
    fn atomic_write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let unfinished = self.states.folder.join(".tmpAbCdEf");
        fs::write(&unfinished, &bytes[..bytes.len() / 2])?;
        self.states.keep();
        fs::remove_file(unfinished)?;
        self.inner.atomic_write(path, bytes)?;
        self.states.keep();
        Ok(())
    }

    fn sync_directory(&self) -> io::Result<()> {
        self.inner.sync_directory()
    }

    fn acquire_lock(&self, lock: &Lock) -> Result<DirectoryLock, LockError> {
        let acquired = self.inner.acquire_lock(lock);
        self.states.keep();
        acquired
    }

    fn watch(&self, callback: WatchCallback) -> tantivy::Result<WatchHandle> {
        self.inner.watch(callback)
    }
}

/// The catalogue's database after a revision: every title, and the revision at which it was written.
fn catalogue_at(revision: i64) -> Vec<Document> {
    let last = |number: i64| (1..=revision).rev().find(|at| at % 3 == number % 3).unwrap_or_default();
    let titles = (0..6_i64).filter(|number| last(*number) > 0);
    let titles = titles.map(|number| Document {
        revision: last(number),
        ..title(
            u128::try_from(number).unwrap() + 1,
            &format!("film{number} edition{}", last(number)),
        )
    });
    titles.collect()
}

fn changed_at(revision: i64) -> Vec<Document> {
    changed_after(revision - 1, revision)
}

fn changed_after(after: i64, revision: i64) -> Vec<Document> {
    let mut titles = catalogue_at(revision);
    titles.retain(|title| title.revision > after);
    titles
}

fn found(index: &Index, text: &str) -> Vec<u128> {
    let query = Query {
        text: text.to_owned(),
        limit: 100,
        ..Query::default()
    };
    let found = index.search(&query, 0, Effort::AsNeeded).unwrap();
    found.ids.iter().map(Uuid::as_u128).collect()
}

/// Does with a folder what the follower does at a start and after it.
fn opens_and_follows(folder: &Path, last: i64) {
    let (index, revision) = Index::open(folder, CATALOGUE).unwrap();
    assert!(revision <= last);
    index.load(catalogue_at(last).into_iter());
    index.loaded().unwrap();
    assert!(!index.lacks_titles_of(revision), "at {revision}");
    // The commit that was cut off is repeated under the same number; the other changes follow in one commit.
    let next = revision + 1;
    index.apply(&changed_at(next), next).unwrap();
    if next <= last {
        index.apply(&changed_after(next, last + 1), last + 1).unwrap();
    }
    for title in catalogue_at(last + 1) {
        assert_eq!(found(&index, &title.name), [title.id.as_u128()], "{}", title.name);
    }
}

/// The files of an index that was opened once more: only those that it needs, so a kill leaves no file behind.
fn holds_only_its_own(folder: &Path) {
    let (index, _) = Index::open(folder, CATALOGUE).unwrap();
    drop(index);
    let meta: serde_json::Value = serde_json::from_slice(&fs::read(folder.join("meta.json")).unwrap()).unwrap();
    let segments: Vec<_> = meta["segments"].as_array().unwrap().iter().collect();
    let ids: Vec<_> = segments
        .iter()
        .map(|segment| segment["segment_id"].as_str().unwrap().replace('-', ""))
        .collect();
    for entry in fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let is_known = [
            "meta.json",
            ".managed.json",
            ".tantivy-writer.lock",
            ".tantivy-meta.lock",
        ]
        .contains(&&*name)
            || ids.iter().any(|id| name.starts_with(id));
        assert!(is_known, "{name} is left");
    }
}

#[test]
fn a_kill_at_any_file_operation_of_a_commit_leaves_an_index_that_opens() {
    const LAST: i64 = 5;
    let root = folder_in_memory();
    let states = Arc::new(States {
        folder: root.path().to_owned(),
        kept: Mutex::default(),
    });
    let recorded = Recorded {
        inner: MmapDirectory::open(root.path()).unwrap(),
        states: Arc::clone(&states),
    };
    let index = words::open(Box::new(recorded.clone()), Fields::schema().0).unwrap();
    let index = Index::over(&index, CATALOGUE).unwrap();
    for revision in 1..3 {
        index.apply(&changed_at(revision), revision).unwrap();
    }
    drop(index);
    // A second start: its first change writes the deletions of a segment that already existed.
    let index = words::open(Box::new(recorded), Fields::schema().0).unwrap();
    let index = Index::over(&index, CATALOGUE).unwrap();
    index.load(catalogue_at(2).into_iter());
    index.loaded().unwrap();
    for revision in 3..=LAST {
        index.apply(&changed_at(revision), revision).unwrap();
    }
    drop(index);

    let kept = states.kept.lock().unwrap();
    assert!(kept.operations > 100, "{} operations", kept.operations);
    for state in &kept.states {
        let folder = folder_in_memory();
        for (name, bytes) in state {
            fs::write(folder.path().join(name), bytes).unwrap();
        }
        opens_and_follows(folder.path(), LAST);
        holds_only_its_own(folder.path());
    }
}
