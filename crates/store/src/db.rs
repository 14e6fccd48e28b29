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
use crate::source::{Held, Lease};
use crate::sql::Dialects;
use crate::statistics::{self, STATISTICS_VALIDITY};
use crate::writes::Writes;
use crate::{fetch_all, fetch_one};

/// Prepared statements a connection keeps; a service has fewer texts than this.
const STATEMENTS_KEPT: usize = 256;
/// How long a caller waits for a connection by default, before it is told that the database is busy.
const DEFAULT_WAIT: Duration = Duration::from_secs(5);

/// Whether sqlx has noted its first migration here.
const HAS_MIGRATIONS: Dialects = Dialects {
    sqlite: "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = '_sqlx_migrations')",
    postgres: "SELECT to_regclass('_sqlx_migrations') IS NOT NULL",
};

const DONE_MIGRATIONS: &str = "SELECT version FROM _sqlx_migrations WHERE success";

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
    pub(crate) schema: Option<&'static str>,
    pub(crate) patience: Duration,
}

/// What survives a power cut on `SQLite`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Everything that was acknowledged.
    Full,
    /// A whole database, which may have lost the last moments.
    Normal,
}

#[derive(Debug, Clone, Copy)]
pub struct SqliteOptions {
    pub durability: Durability,
    /// Connections that read side by side.
    pub readers: u32,
    /// How long a caller waits for its turn.
    pub wait: Duration,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self {
            durability: Durability::Full,
            readers: 4,
            wait: DEFAULT_WAIT,
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub struct PostgresOptions {
    pub connections: u32,
    /// Whether write transactions run as if one after the other.
    pub serializable: bool,
    /// How long a caller waits for its turn.
    pub wait: Duration,
    /// The schema that the tables are in, where it is not the server's own choice.
    pub schema: Option<&'static str>,
}

impl PostgresOptions {
    pub const DEFAULT: Self = Self {
        connections: 16,
        serializable: false,
        wait: DEFAULT_WAIT,
        schema: None,
    };
}

/// A service's schema on both engines: files of the same names in `migrations/{sqlite,postgres}`.
///
/// Made by [`migrations!`](crate::migrations); the service's `build.rs` says `cargo::rerun-if-changed=migrations`.
#[derive(Debug)]
pub struct Migrations {
    pub sqlite: Migrator,
    pub postgres: Migrator,
}

/// The calling crate's [`Migrations`], inside the binary.
#[macro_export]
macro_rules! migrations {
    () => {
        $crate::Migrations {
            sqlite: $crate::sqlx::migrate!("./migrations/sqlite"),
            postgres: $crate::sqlx::migrate!("./migrations/postgres"),
        }
    };
}

impl Db {
    /// Opens the file, and makes it when it is not there.
    pub async fn open_sqlite(path: impl AsRef<Path>, options: SqliteOptions) -> Result<Self, Error> {
        let SqliteOptions {
            durability,
            readers,
            wait,
        } = options;
        let common = SqliteConnectOptions::new()
            .filename(path)
            .foreign_keys(true)
            .busy_timeout(wait / MAX_ATTEMPTS)
            .statement_cache_capacity(STATEMENTS_KEPT);
        let for_writing = common
            .clone()
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(durability.into());
        // The writer comes first: it makes the file and turns its journal to WAL, so that readers find both.
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
            schema,
        } = options;
        let server: PgConnectOptions = url.parse()?;
        // What the server remarks on is nobody's concern: "already exists", or that a commit that failed left nothing to
        // roll back.
        let mut server = server.options([("client_min_messages", "error")]);
        if let Some(schema) = schema {
            server = server.options([("search_path", schema)]);
        }
        let pool = PgPoolOptions::new()
            .max_connections(connections.max(1))
            .acquire_timeout(wait)
            .connect_with(server.statement_cache_capacity(STATEMENTS_KEPT))
            .await?;
        Ok(Self::Postgres(PostgresDb {
            pool,
            serializable,
            schema,
            patience: CONTENTION_PATIENCE,
        }))
    }

    /// Brings the schema to what the program needs. On `PostgreSQL` two processes may do so at once.
    pub async fn migrate(&self, migrations: &Migrations) -> Result<(), Error> {
        match self {
            Self::Sqlite(db) => migrations.sqlite.run(&db.writer).await?,
            Self::Postgres(db) => {
                db.make_schema().await?;
                migrations.postgres.run(&db.pool).await?;
            }
        }
        Ok(())
    }

    /// How many migrations this database still lacks.
    pub async fn pending_migrations(&self, migrations: &Migrations) -> Result<usize, Error> {
        let (begun,) = fetch_one!(self, (bool,), HAS_MIGRATIONS)?;
        let done = if begun {
            fetch_all!(self, (i64,), DONE_MIGRATIONS)?
        } else {
            Vec::new()
        };
        let wanted = match self {
            Self::Sqlite(_) => &migrations.sqlite,
            Self::Postgres(_) => &migrations.postgres,
        };
        Ok(wanted
            .iter()
            .filter(|migration| !done.contains(&(migration.version,)))
            .count())
    }

    /// The same database, whose writes give up after this time of losing against others.
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

    /// Ends all connections; on `SQLite` the journal goes into the file, which then is whole by itself.
    pub async fn close(&self) {
        match self {
            Self::Sqlite(db) => {
                db.readers.close().await;
                // The last connection to go writes the checkpoint, and only a writer may.
                db.writer.close().await;
            }
            Self::Postgres(db) => db.pool.close().await,
        }
    }

    /// A connection to read from.
    #[doc(hidden)]
    pub async fn lease(&self) -> Result<Lease<'static>, Error> {
        Ok(match self {
            Self::Sqlite(db) => Lease::Sqlite(Held::pooled(db.readers.acquire().await?)),
            Self::Postgres(db) => Lease::Postgres(Held::pooled(db.pool.acquire().await?)),
        })
    }
}

impl PostgresDb {
    /// `IF NOT EXISTS` looks before it makes, so two who make it at once may meet: then it is there.
    async fn make_schema(&self) -> Result<(), Error> {
        let Some(schema) = self.schema else { return Ok(()) };
        let make = || AssertSqlSafe(format!("CREATE SCHEMA IF NOT EXISTS {schema}"));
        if sqlx::query(make()).execute(&self.pool).await.is_err() {
            sqlx::query(make()).execute(&self.pool).await?;
        }
        Ok(())
    }
}

/// Connections to a file do not break, so they are not tested, which costs a query, and a writer's is kept for good. But
/// `SQLite` may end a transaction by itself (a full disk), and sqlx then believes to be inside it forever: such go.
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
