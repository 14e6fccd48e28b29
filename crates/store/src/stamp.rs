//! What a `SQLite` file records about the data folder that it belongs to, and about its own journal.
//!
//! `SQLite` creates a file that is missing, and opens a file without its write-ahead log in the state of its last
//! checkpoint. Neither is reported as a loss. So a [`Stamp`] in each file records which files belong together, and at
//! which common step they are. The journal's mark shows whether the file is complete without its log: a checkpoint
//! leaves `awaited` in the file, and the first write after it, which is in the log alone, sets it to `whole` again.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _};

use crate::db::{Db, SqliteDb};
use crate::error::Error;
use crate::journal::{Journal, beside};

/// A checkpoint is due once the write-ahead log is longer.
const JOURNAL_BYTES: u64 = 4 * 1024 * 1024;
/// How often the log's length is checked.
const LOOKED_AT_EVERY: Duration = Duration::from_secs(1);

const TABLE: &str = "CREATE TABLE IF NOT EXISTS data_folder (\
     id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1), folder TEXT NOT NULL, databases TEXT NOT NULL, \
     step INTEGER NOT NULL, journal TEXT NOT NULL CHECK (journal IN ('whole', 'awaited'))) STRICT";
const READ: &str = "SELECT folder, databases, step, journal FROM data_folder WHERE id = 1";
const WRITE: &str = "INSERT INTO data_folder (id, folder, databases, step, journal) VALUES (1, $1, $2, $3, 'whole') \
     ON CONFLICT (id) DO UPDATE SET folder = excluded.folder, databases = excluded.databases, step = excluded.step, \
     journal = excluded.journal";
const AWAIT: &str = "UPDATE data_folder SET journal = 'awaited' WHERE id = 1";
const WHOLE: &str = "UPDATE data_folder SET journal = 'whole' WHERE id = 1";
/// Ignores this module's table and `SQLite`'s own.
const TABLES: &str = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'data_folder' \
     AND name NOT LIKE 'sqlite~_%' ESCAPE '~'";
const HAS_STAMP: &str = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'data_folder')";

/// What a database file records about its folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// The folder's id, which is drawn once.
    pub folder: String,
    /// The names of the databases that belong together.
    pub databases: BTreeSet<String>,
    /// The common step of these databases: each start and each close increments it in all of them.
    pub step: i64,
}

/// The state of a database file before it is opened for writing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundFile {
    pub stamp: Option<Stamp>,
    /// The names of the tables of a service.
    pub tables: BTreeSet<String>,
    /// Whether it lacks data that was in its write-ahead log. Nothing else is then read from it.
    pub lacks_journal: bool,
}

/// Inspects a database file without changing it; none if the file does not exist or is empty.
pub async fn look(path: &Path) -> Result<Option<FoundFile>, Error> {
    let journal = Journal::look(path).map_err(sqlx::Error::Io)?;
    match std::fs::metadata(path) {
        Ok(file) if file.len() == 0 && journal == Journal::Absent => return Ok(None),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(sqlx::Error::Io(error).into()),
    }
    if journal == Journal::Damaged {
        // A connection would bring the log's index in line with what is left of the log, and so hide the loss.
        return Ok(Some(FoundFile {
            stamp: None,
            tables: BTreeSet::new(),
            lacks_journal: true,
        }));
    }
    let has_journal = journal == Journal::Present;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        // Without a log the file is complete, and a reader that expects a log would leave an empty one behind.
        .immutable(!has_journal);
    let mut connection = options.connect().await?;
    let found = read(&mut connection, has_journal).await;
    connection.close().await?;
    found.map(Some)
}

async fn read(connection: &mut SqliteConnection, has_journal: bool) -> Result<FoundFile, Error> {
    let tables: Vec<(String,)> = sqlx::query_as(TABLES).fetch_all(&mut *connection).await?;
    let (has_stamp,): (bool,) = sqlx::query_as(HAS_STAMP).fetch_one(&mut *connection).await?;
    let row: Option<(String, String, i64, String)> = if has_stamp {
        sqlx::query_as(READ).fetch_optional(&mut *connection).await?
    } else {
        None
    };
    let lacks_journal = !has_journal && row.as_ref().is_some_and(|(.., journal)| journal == "awaited");
    Ok(FoundFile {
        stamp: row.map(|(folder, databases, step, _)| Stamp {
            folder,
            databases: databases.split_whitespace().map(str::to_owned).collect(),
            step,
        }),
        tables: tables.into_iter().map(|(name,)| name).collect(),
        lacks_journal,
    })
}

/// The name of a database's write-ahead log.
#[must_use]
pub fn journal_of(path: &Path) -> PathBuf {
    beside(path, "-wal")
}

impl Db {
    /// Writes the stamp into a `SQLite` file; a server's database has none.
    pub async fn put_stamp(&self, stamp: &Stamp) -> Result<(), Error> {
        let Self::Sqlite(db) = self else { return Ok(()) };
        let databases: Vec<_> = stamp.databases.iter().map(String::as_str).collect();
        let mut writing = db.writer.begin_with("BEGIN IMMEDIATE").await?;
        sqlx::query(TABLE).execute(&mut *writing).await?;
        let write = sqlx::query(WRITE)
            .bind(&stamp.folder)
            .bind(databases.join(" "))
            .bind(stamp.step);
        write.execute(&mut *writing).await?;
        Ok(writing.commit().await?)
    }

    /// Moves a `SQLite` file's journal into the file, marked so that a later loss of the journal is detected.
    pub async fn checkpoint(&self) -> Result<(), Error> {
        match self {
            Self::Sqlite(db) => db.checkpoint().await,
            Self::Postgres(_) => Ok(()),
        }
    }

    /// Checkpoints a `SQLite` file whenever its journal has become long; never returns.
    pub async fn tend_journal(&self, path: &Path) {
        let journal = journal_of(path);
        loop {
            tokio::time::sleep(LOOKED_AT_EVERY).await;
            let bytes = tokio::fs::metadata(&journal).await.map_or(0, |journal| journal.len());
            if bytes > JOURNAL_BYTES
                && let Err(error) = self.checkpoint().await
            {
                tracing::warn!(%error, path = %path.display(), "the database's journal could not be brought into it");
            }
        }
    }
}

impl SqliteDb {
    async fn checkpoint(&self) -> Result<(), Error> {
        // No other write can come between the two marks, because there is only one connection for writing.
        let mut writer = self.writer.acquire().await?;
        sqlx::query(AWAIT).execute(&mut *writer).await?;
        let moved = sqlx::query("PRAGMA wal_checkpoint(PASSIVE)")
            .execute(&mut *writer)
            .await;
        sqlx::query(WHOLE).execute(&mut *writer).await?;
        moved?;
        Ok(())
    }
}
