//! The data folder: which process holds it, and the places of files in it.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use crate::{companions, private};

/// The folder of the search index.
pub(crate) const INDEX: &str = "search";

/// The data folder. This process holds it until this value is dropped.
#[derive(Debug)]
pub(crate) struct DataFolder {
    path: PathBuf,
    lock: File,
}

/// The result of asking for a folder.
#[derive(Debug)]
pub(crate) enum Claim {
    Held(DataFolder),
    /// The process that holds it, such as `dvs serve (process 4711)`.
    HeldByAnother(String),
}

impl DataFolder {
    /// Takes the folder, and creates it if it does not exist. Other processes are told that `owner` holds it.
    pub(crate) fn claim(path: &Path, owner: &str) -> Result<Claim> {
        let at = || format!("cannot use the data folder {}", path.display());
        ensure_no_file(path)?;
        let mut folder = DirBuilder::new();
        folder.recursive(true).mode(0o700).create(path).with_context(at)?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let lock = options.open(path.join("lock")).with_context(at)?;
        let claim = Self::hold(path, lock).with_context(at)?;
        if let Claim::Held(folder) = &claim {
            private::close_to_others(path).with_context(at)?;
            let mut lock = &folder.lock;
            lock.set_len(0).with_context(at)?;
            writeln!(lock, "{owner} (process {})", std::process::id()).with_context(at)?;
        }
        Ok(claim)
    }

    /// Takes the folder of a store only to look into it: nothing in it is changed, not even the recorded owner.
    pub(crate) fn look(path: &Path) -> Result<Claim> {
        let held = File::open(path.join("lock")).and_then(|lock| Self::hold(path, lock));
        held.with_context(|| format!("cannot look into the data folder {}", path.display()))
    }

    fn hold(path: &Path, lock: File) -> std::io::Result<Claim> {
        match lock.try_lock() {
            Ok(()) => Ok(Claim::Held(Self {
                path: path.to_owned(),
                lock,
            })),
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                lock.take(200).read_to_string(&mut holder)?;
                Ok(Claim::HeldByAnother(holder.trim().to_owned()))
            }
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Takes the folder, or fails with the process that holds it.
    pub(crate) fn open(path: &Path, owner: &str) -> Result<Self> {
        match Self::claim(path, owner)? {
            Claim::Held(folder) => Ok(folder),
            Claim::HeldByAnother(holder) => bail!("the data folder {} is in use by {holder}", path.display()),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Copies the databases with their journals, and the search index, into another folder. Returns false without
    /// copying if they are larger than `limit_bytes` together.
    pub(crate) fn copy_data(&self, to: &Path, limit_bytes: u64) -> Result<bool> {
        let names = companions::ALL.into_iter();
        let names = names.flat_map(|name| [name.to_owned(), format!("{name}-wal")]);
        let mut files: Vec<_> = names.chain([companions::LIST.to_owned()]).collect();
        let index = self.join(INDEX);
        if index.is_dir() {
            for entry in fs::read_dir(&index)? {
                files.push(format!("{INDEX}/{}", entry?.file_name().to_string_lossy()));
            }
        }
        files.retain(|file| self.join(file).is_file());
        let lengths = files.iter().map(|file| Ok(fs::metadata(self.join(file))?.len()));
        if lengths.sum::<std::io::Result<u64>>()? > limit_bytes {
            return Ok(false);
        }
        fs::create_dir_all(to.join(INDEX))?;
        for file in files {
            fs::copy(self.join(&file), to.join(&file)).with_context(|| format!("cannot copy {file}"))?;
        }
        Ok(true)
    }

    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Reads a small text file of the store, if it exists.
    pub(crate) fn read(&self, name: &str) -> Result<Option<String>> {
        let path = self.join(name);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    /// Writes such a file, or replaces it.
    pub(crate) fn write(&self, name: &str, text: &str) -> Result<()> {
        let path = self.join(name);
        let written = self.write_whole(&path, text.as_bytes());
        written.with_context(|| format!("cannot write {}", path.display()))
    }

    /// Removes such a file.
    pub(crate) fn forget(&self, name: &str) -> Result<()> {
        let path = self.join(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(error).with_context(|| format!("cannot remove {}", path.display()))
            }
            _ => Ok(()),
        }
    }

    /// A key of 32 bytes that is generated once and stays in the folder, readable only by its owner.
    pub(crate) fn key(&self, name: &str, make: impl FnOnce() -> [u8; 32]) -> Result<[u8; 32]> {
        let path = self.join(name);
        let at = || format!("cannot use the key {}", path.display());
        match fs::read(&path) {
            Ok(bytes) => bytes
                .try_into()
                .ok()
                .with_context(|| format!("the key {} is not whole", path.display())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let key = make();
                self.write_whole(&path, &key).with_context(at)?;
                Ok(key)
            }
            Err(error) => Err(error).with_context(at),
        }
    }

    /// Writes a file completely or not at all, even if the process dies in between.
    fn write_whole(&self, path: &Path, bytes: &[u8]) -> std::io::Result<()> {
        let unfinished = path.with_extension("unfinished");
        let mut options = OpenOptions::new();
        let mut file = options
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&unfinished)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&unfinished, path)?;
        File::open(&self.path)?.sync_all()
    }
}

/// Whether a folder contains a store.
pub(crate) fn has_store(data_dir: &Path) -> bool {
    data_dir.join("lock").exists()
}

/// Whether a process has the store in a folder open.
pub(crate) fn is_open(data_dir: &Path) -> Result<bool> {
    Ok(has_store(data_dir) && matches!(DataFolder::look(data_dir)?, Claim::HeldByAnother(_)))
}

/// Refuses a folder without a store.
pub(crate) fn ensure_store(data_dir: &Path) -> Result<()> {
    ensure_no_file(data_dir)?;
    let at = data_dir.display();
    ensure!(
        has_store(data_dir),
        "there is no store in {at}: say where it is (--data-dir), or make a store there (dvs serve --data-dir {at})"
    );
    Ok(())
}

fn ensure_no_file(data_dir: &Path) -> Result<()> {
    ensure!(
        data_dir.is_dir() || !data_dir.exists(),
        "the data folder {} is no folder: a store is kept in one (--data-dir)",
        data_dir.display()
    );
    Ok(())
}

/// The path of a service's socket, in a folder that another process may hold.
pub(crate) fn socket(data_dir: &Path, service: &str) -> PathBuf {
    data_dir.join(format!("{service}.sock"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_owner_is_refused_by_the_name_of_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let first = DataFolder::open(folder.path(), "dvs serve").unwrap();
        let refusal = DataFolder::open(folder.path(), "dvs import").unwrap_err().to_string();
        let process = std::process::id();
        assert!(
            refusal.ends_with(&format!("is in use by dvs serve (process {process})")),
            "{refusal}"
        );
        drop(first);
        assert!(DataFolder::open(folder.path(), "dvs import").is_ok());
    }

    #[test]
    fn a_folder_is_looked_into_without_a_change() {
        let folder = tempfile::tempdir().unwrap();
        drop(DataFolder::open(folder.path(), "dvs serve").unwrap());
        let holder = || fs::read_to_string(folder.path().join("lock")).unwrap();
        let before = holder();
        assert!(!is_open(folder.path()).unwrap());
        assert!(matches!(DataFolder::look(folder.path()).unwrap(), Claim::Held(_)));
        assert_eq!(holder(), before);
        let _held = DataFolder::open(folder.path(), "dvs import").unwrap();
        assert!(is_open(folder.path()).unwrap());
        let Claim::HeldByAnother(holder) = DataFolder::look(folder.path()).unwrap() else {
            panic!("two hold one folder");
        };
        assert!(holder.starts_with("dvs import"), "{holder}");
    }

    #[test]
    fn what_is_no_store_is_refused_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let refusal = ensure_store(folder.path()).unwrap_err().to_string();
        let cure = format!("dvs serve --data-dir {}", folder.path().display());
        assert!(refusal.contains(&cure), "{refusal}");
        let file = folder.path().join("films.csv");
        fs::write(&file, "").unwrap();
        for refusal in [
            ensure_store(&file).unwrap_err(),
            DataFolder::open(&file, "dvs serve").unwrap_err(),
        ] {
            let refusal = refusal.to_string();
            assert!(refusal.contains("films.csv is no folder"), "{refusal}");
        }
        drop(DataFolder::open(folder.path(), "dvs serve").unwrap());
        assert!(ensure_store(folder.path()).is_ok());
    }

    #[test]
    fn a_key_is_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(folder.path(), "dvs serve").unwrap();
        assert_eq!(folder.key("identity.key", || [1; 32]).unwrap(), [1; 32]);
        assert_eq!(folder.key("identity.key", || [2; 32]).unwrap(), [1; 32]);
        fs::write(folder.join("identity.key"), [1; 31]).unwrap();
        assert!(folder.key("identity.key", || [2; 32]).is_err());
    }
}
