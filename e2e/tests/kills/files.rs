//! The film files of a store: the catalogue knows each of them.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use e2e::Opening;
use sqlx::Connection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

/// How long after a start the files of interrupted uploads may still be there.
const REMOVED_WITHIN: Duration = Duration::from_secs(30);
/// A title plays them, or the store keeps them for customers who still watch a film that was replaced.
const KNOWN: &str = "SELECT location FROM media_objects UNION SELECT location FROM media_replaced";
/// The folder of the blob store that holds uploads.
const UPLOADED: &str = "titles/";

/// Checks that the catalogue knows every file of an upload, and that every file that it knows exists.
pub(crate) async fn none_is_orphaned(opening: &Opening) -> Result<()> {
    let folder = opening.data_dir().join("media");
    let options = SqliteConnectOptions::new()
        .filename(opening.data_dir().join("catalogue.db"))
        .read_only(true);
    let mut database = SqliteConnection::connect_with(&options).await?;
    let mut orphaned = BTreeSet::new();
    let removed = async {
        loop {
            let known: Vec<(String,)> = sqlx::query_as(KNOWN).fetch_all(&mut database).await?;
            let known = known.into_iter().map(|(location,)| location);
            let known: BTreeSet<_> = known.filter(|location| location.starts_with(UPLOADED)).collect();
            ensure!(!known.is_empty(), "no film was uploaded");
            let found = files(&folder, Path::new(UPLOADED))?;
            let missing: Vec<_> = known.difference(&found).collect();
            ensure!(missing.is_empty(), "files of films are missing: {missing:?}");
            orphaned = found.difference(&known).cloned().collect();
            if orphaned.is_empty() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let waited = tokio::time::timeout(REMOVED_WITHIN, removed).await;
    waited.with_context(|| format!("files that no title plays stayed: {orphaned:?}"))?
}

/// The files of a subfolder, by their paths in the folder.
fn files(folder: &Path, part: &Path) -> Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder.join(part))? {
        let entry = entry?;
        let path = part.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            found.append(&mut files(folder, &path)?);
        } else {
            found.insert(path.to_str().context("a path")?.to_owned());
        }
    }
    Ok(found)
}
