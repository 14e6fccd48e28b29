//! A service's database, on the engine it was started with.

use std::future::ready;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, Connection as _};

use crate::contention::{CONTENTION_PATIENCE, MAX_ATTEMPTS};
use crate::error::Error;
use crate::source::{ConnectionGuard, Lease};
use crate::sql::Dialects;
use crate::statistics::{self, STATISTICS_VALIDITY};
use crate::writes::Writes;
use crate::{fetch_all, fetch_one};
use crate::{migrate, pooler};

/// How many prepared statements a connection keeps; a service has fewer.
const STATEMENTS_KEPT: usize = 256;
/// How long a caller waits for a connection by default, before it gets [`Error::Busy`].
const DEFAULT_WAIT: Duration = Duration::from_secs(5);

/// A service's database. Clones share its connections.
#[derive(Debug, Clone)]
pub enum Db {
    Sqlite(SqliteDb),
    Postgres(PostgresDb),
}

/// One writer, because `SQLite` has one, and readers that never wait for it.
#[derive(Debug, Clone)]
pub struct SqliteDb {
    pub(crate) writer: SqlitePool,
    pub(crate) readers: SqlitePool,
    pub(crate) writes: Arc<Writes>,
    pub(crate) patience: Duration,
}

#[derive(Debug, Clone)]
pub struct PostgresDb {
    pub(crate) pool: PgPool,
    pub(crate) serializable: bool,
    pub(crate) patience: Duration,
    /// Whether a pooler may give each transaction another session: then nothing may be left in a session for the next
    /// one.
    pub(crate) is_pooled: bool,
}

/// What survives a power cut on `SQLite`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Everything that was acknowledged.
    Full,
    /// A consistent database, which may lack the last writes.
    Normal,
}

#[derive(Debug, Clone, Copy)]
pub struct SqliteOptions {
    pub durability: Durability,
    /// How many connections read concurrently.
    pub readers: u32,
    /// How long a caller waits for a connection.
    pub wait: Duration,
    /// Whether the program runs [`Db::tend_journal`], so that `SQLite` makes no checkpoints by itself.
    pub is_journal_tended: bool,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self {
            durability: Durability::Full,
            readers: 4,
            wait: DEFAULT_WAIT,
            is_journal_tended: false,
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub struct PostgresOptions {
    pub connections: u32,
    /// Whether write transactions are serializable.
    pub serializable: bool,
    /// How long a caller waits for a connection.
    pub wait: Duration,
}

impl PostgresOptions {
    pub const DEFAULT: Self = Self {
        connections: 16,
        serializable: false,
        wait: DEFAULT_WAIT,
    };
}

/// A service's schema on both engines: files of the same names in `migrations/{sqlite,postgres}`.
///
/// Made by [`migrations!`](crate::migrations); the service's `build.rs` says `cargo::rerun-if-changed=migrations`.
#[derive(Debug)]
pub struct Migrations {
    pub sqlite: Migrator,
    pub postgres: Migrator,
    /// The schema of the tables on `PostgreSQL`, if it is not the server's default. Statements must name it, because a
    /// search path belongs to a session, and a pooler gives each transaction another session.
    pub schema: Option<&'static str>,
}

/// The calling crate's [`Migrations`], inside the binary.
#[macro_export]
macro_rules! migrations {
    () => {
        $crate::Migrations {
            sqlite: $crate::sqlx::migrate!("./migrations/sqlite"),
            postgres: $crate::sqlx::migrate!("./migrations/postgres"),
            schema: None,
        }
    };
}

impl Db {
    /// Opens the file, and creates it if it does not exist.
    pub async fn open_sqlite(path: impl AsRef<Path>, options: SqliteOptions) -> Result<Self, Error> {
        let SqliteOptions {
            durability,
            readers,
            wait,
            is_journal_tended,
        } = options;
        let common = SqliteConnectOptions::new()
            .filename(path)
            .foreign_keys(true)
            .busy_timeout(wait / MAX_ATTEMPTS)
            .statement_cache_capacity(STATEMENTS_KEPT);
        let mut for_writing = common
            .clone()
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(durability.into());
        if is_journal_tended {
            // Truncates a log that was long once it is restarted, so that its length shows how much is in it.
            for_writing = for_writing
                .pragma("wal_autocheckpoint", "0")
                .pragma("journal_size_limit", "1048576");
        }
        // The writer is opened first: it creates the file and switches its journal to WAL, which readers require.
        let writer = sqlite_pool(1, wait).connect_with(for_writing).await?;
        if let Err(error) = statistics::refresh(&writer).await {
            tracing::warn!(%error, "the planner works with old statistics");
        }
        let readers = sqlite_pool(readers.max(1), wait)
            .max_lifetime(STATISTICS_VALIDITY)
            .connect_with(common.pragma("query_only", "on"))
            .await?;
        Ok(Self::Sqlite(SqliteDb {
            writer,
            readers,
            writes: Arc::default(),
            patience: CONTENTION_PATIENCE,
        }))
    }

    pub async fn connect_postgres(url: &str, options: PostgresOptions) -> Result<Self, Error> {
        let PostgresOptions {
            connections,
            serializable,
            wait,
        } = options;
        let server: PgConnectOptions = url.parse()?;
        // Poolers refuse this setting, and no statement reads a floating-point number.
        let server = server.extra_float_digits(None);
        let is_pooled = pooler::detect(&server).await?;
        let statements_kept = if is_pooled { 0 } else { STATEMENTS_KEPT };
        let pool = PgPoolOptions::new()
            .max_connections(connections.max(1))
            .acquire_timeout(wait)
            .connect_with(server.statement_cache_capacity(statements_kept))
            .await?;
        Ok(Self::Postgres(PostgresDb {
            pool,
            serializable,
            patience: CONTENTION_PATIENCE,
            is_pooled,
        }))
    }

    /// Brings the schema to the version that the program needs. On `PostgreSQL` two processes may do this at once.
    pub async fn migrate(&self, migrations: &Migrations) -> Result<(), Error> {
        match self {
            Self::Sqlite(db) => Ok(migrations.sqlite.run(&db.writer).await?),
            Self::Postgres(db) => migrate::run(&mut *db.pool.acquire().await?, migrations).await,
        }
    }

    /// How many migrations this database still lacks.
    pub async fn pending_migrations(&self, migrations: &Migrations) -> Result<usize, Error> {
        let (wanted, table) = match self {
            Self::Sqlite(_) => (&migrations.sqlite, migrate::TABLE.to_owned()),
            Self::Postgres(_) => (&migrations.postgres, migrate::table(migrations)),
        };
        let has_migrations = Dialects {
            sqlite: "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = $1)",
            postgres: "SELECT to_regclass($1) IS NOT NULL",
        };
        let (begun,) = fetch_one!(self, (bool,), has_migrations, &table)?;
        let done = if begun {
            let statement = format!("SELECT version, checksum FROM {table} WHERE success");
            fetch_all!(self, (i64, Vec<u8>), AssertSqlSafe(statement.clone()))?
        } else {
            Vec::new()
        };
        migrate::check(wanted, &done)?;
        Ok(migrate::pending(wanted, &done).count())
    }

    /// The same database; a write on it gives up after losing against others for this time.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        match &mut self {
            Self::Sqlite(db) => db.patience = patience,
            Self::Postgres(db) => db.patience = patience,
        }
        self
    }

    pub(crate) fn patience(&self) -> Duration {
        match self {
            Self::Sqlite(db) => db.patience,
            Self::Postgres(db) => db.patience,
        }
    }

    /// Closes all connections. On `SQLite` this also moves the journal into the file, which is then complete by itself.
    pub async fn close(&self) {
        match self {
            Self::Sqlite(db) => {
                db.readers.close().await;
                // The last connection to close writes the checkpoint, and only a writer may write.
                db.writer.close().await;
            }
            Self::Postgres(db) => db.pool.close().await,
        }
    }

    /// A connection to read from.
    #[doc(hidden)]
    pub async fn lease(&self) -> Result<Lease<'static>, Error> {
        Ok(match self {
            Self::Sqlite(db) => Lease::Sqlite(ConnectionGuard::pooled(db.readers.acquire().await?)),
            // A statement is prepared and run in two steps. A pooler runs both in one session only if they are in a
            // transaction.
            Self::Postgres(db) if db.is_pooled => Lease::Postgres(ConnectionGuard::alone(db.pool.begin().await?)),
            Self::Postgres(db) => Lease::Postgres(ConnectionGuard::pooled(db.pool.acquire().await?)),
        })
    }
}

/// Connections to a file do not break. So they are not tested, which would cost a query, and the writer's connection is
/// never replaced. But `SQLite` may end a transaction by itself, as when the disk is full, and sqlx then believes for
/// ever that the connection is inside it: such a connection is closed.
fn sqlite_pool(connections: u32, wait: Duration) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(wait)
        .test_before_acquire(false)
        .before_acquire(|connection, _| Box::pin(ready(Ok(!connection.is_in_transaction()))))
        .idle_timeout(None)
        .max_lifetime(None)
}

impl From<Durability> for SqliteSynchronous {
    fn from(durability: Durability) -> Self {
        match durability {
            Durability::Full => Self::Full,
            Durability::Normal => Self::Normal,
        }
    }
}
