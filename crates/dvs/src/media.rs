//! The blob store in which film files are kept.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use object_store::ObjectStore;
use object_store::local::LocalFileSystem;

/// The folder of films in a data folder.
pub(crate) const FOLDER: &str = "media";

/// A blob store, and its folder.
#[derive(Clone)]
pub(crate) struct MediaStore {
    pub(crate) blobs: Arc<dyn ObjectStore>,
    pub(crate) folder: PathBuf,
}

/// Opens the blob store at a URL, or the folder `media` in the data folder.
pub(crate) fn open(url: Option<&str>, data_dir: &Path) -> Result<MediaStore> {
    let folder: PathBuf = match url {
        None => data_dir.join(FOLDER),
        Some(url) => {
            let path = url.strip_prefix("file://").filter(|path| path.starts_with('/'));
            path.with_context(|| format!("{url:?} is no media URL: write file:///FOLDER"))?
                .into()
        }
    };
    let at = || format!("cannot use the media folder {}", folder.display());
    ensure!(
        folder.is_dir() || !folder.exists(),
        "{} is no folder, and films are kept in one (--media-url)",
        folder.display()
    );
    std::fs::create_dir_all(&folder).with_context(at)?;
    let store = LocalFileSystem::new_with_prefix(&folder).with_context(at)?;
    Ok(MediaStore {
        blobs: Arc::new(store.with_automatic_cleanup(true)),
        folder,
    })
}
