//! Transactions, and the write that is run again when another one came in between.

use sqlx::{Postgres, Sqlite, Transaction};
use tokio::sync::watch;

use crate::contention::Retry;
use crate::db::{Db, PostgresDb};
use crate::error::Error;
use crate::source::{ConnectionGuard, Lease};
use crate::writes::Writing;

/// A transaction on either engine. Dropped without a commit, it never was.
#[derive(Debug)]
pub struct Tx {
    engine: Engine,
    health: Health,
    /// Who is woken when the commit is through.
    wakes: Vec<watch::Sender<()>>,
    /// Counted again when all is over.
    pub(crate) writing: Writing,
}

/// What became of a transaction's statements. The first failure decides: what follows it fails because of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Health {
    Sound,
    Spoiled,
    /// Spoiled, but another run may fare better.
    Unlucky(Retry),
}

impl Health {
    pub(crate) fn suffer(&mut self, error: &Error) {
        if *self == Self::Sound {
            *self = error.retry().map_or(Self::Spoiled, Self::Unlucky);
        }
    }
}

#[derive(Debug)]
enum Engine {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres {
        transaction: Transaction<'static, Postgres>,
        keeps_statements: bool,
    },
}

impl Engine {
    fn postgres(db: &PostgresDb, transaction: Transaction<'static, Postgres>) -> Self {
        Self::Postgres {
            transaction,
            keeps_statements: !db.is_pooled,
        }
    }
}

impl Db {
    /// Begins a write; `write_tx!` does, and runs it again when it must.
    pub async fn begin_write(&self) -> Result<Tx, Error> {
        match self {
            // Taking the lock at once: a reader that turns writer half-way fails instead of waiting.
            Self::Sqlite(db) => {
                let engine = Engine::Sqlite(db.writer.begin_with("BEGIN IMMEDIATE").await?);
                Ok(Tx {
                    writing: Writing::counted_in(&db.writes),
                    ..Tx::new(engine)
                })
            }
            Self::Postgres(db) if db.serializable => {
                let begun = db.pool.begin_with("BEGIN ISOLATION LEVEL SERIALIZABLE").await?;
                Ok(Tx::new(Engine::postgres(db, begun)))
            }
            Self::Postgres(db) => Ok(Tx::new(Engine::postgres(db, db.pool.begin().await?))),
        }
    }

    /// Begins a write whose statements each guard themselves; `write_tx!(…, read committed, …)` does.
    pub async fn begin_write_row_by_row(&self) -> Result<Tx, Error> {
        match self {
            Self::Sqlite(_) => self.begin_write().await,
            Self::Postgres(db) => Ok(Tx::new(Engine::postgres(db, db.pool.begin().await?))),
        }
    }

    /// Begins a read of several statements that all see the same moment; it ends when it is dropped.
    pub async fn begin_read(&self) -> Result<Tx, Error> {
        const SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        Ok(Tx::new(match self {
            Self::Sqlite(db) => Engine::Sqlite(db.readers.begin().await?),
            Self::Postgres(db) => Engine::postgres(db, db.pool.begin_with(SNAPSHOT).await?),
        }))
    }
}

impl Tx {
    fn new(engine: Engine) -> Self {
        Self {
            engine,
            health: Health::Sound,
            wakes: Vec::new(),
            writing: Writing::default(),
        }
    }

    pub async fn commit(self) -> Result<(), Error> {
        if self.health != Health::Sound {
            self.abandon().await;
            return Err(Error::Spoiled);
        }
        let outcome = match self.engine {
            Engine::Sqlite(transaction) => transaction.commit().await,
            Engine::Postgres { transaction, .. } => transaction.commit().await,
        };
        match outcome.map_err(Error::from) {
            Ok(()) => {
                self.wakes.iter().for_each(|wake| wake.send_replace(()));
                Ok(())
            }
            // COMMIT was on its way: running it again could do everything twice.
            Err(Error::Unavailable(lost)) => Err(Error::Undecided(lost)),
            Err(error) => Err(error),
        }
    }

    /// Takes everything back, and tells why another run may fare better, if it may.
    #[doc(hidden)]
    pub async fn abandon(self) -> Option<Retry> {
        let outcome = match self.engine {
            Engine::Sqlite(transaction) => transaction.rollback().await,
            Engine::Postgres { transaction, .. } => transaction.rollback().await,
        };
        if let Err(error) = outcome {
            tracing::debug!(%error, "the rollback was left to the end of the connection");
        }
        match self.health {
            Health::Unlucky(retry) => Some(retry),
            Health::Sound | Health::Spoiled => None,
        }
    }

    /// Wakes the receivers of `wake` once this transaction is committed.
    pub fn wake_on_commit(&mut self, wake: &watch::Sender<()>) {
        if !self.wakes.iter().any(|known| known.same_channel(wake)) {
            self.wakes.push(wake.clone());
        }
    }

    #[doc(hidden)]
    #[expect(clippy::unused_async, reason = "the macros wait for a lease of either kind")]
    pub async fn lease(&mut self) -> Result<Lease<'_>, Error> {
        let health = &mut self.health;
        Ok(match &mut self.engine {
            Engine::Sqlite(transaction) => {
                Lease::Sqlite(ConnectionGuard::in_transaction(&mut **transaction, health, true))
            }
            Engine::Postgres {
                transaction,
                keeps_statements,
            } => Lease::Postgres(ConnectionGuard::in_transaction(
                &mut **transaction,
                health,
                *keeps_statements,
            )),
        })
    }
}

/// Runs a block in a write transaction: `write_tx!(db, |tx| { execute!(tx, "…")?; Ok(()) })`.
///
/// The block returns a `Result<T, E>`, where `E: From<store::Error>`, and so does the macro: an error of the block
/// rolls back and passes through. **The block may run several times**: when another transaction came in between, until
/// the caller's deadline or [`CONTENTION_PATIENCE`](crate::CONTENTION_PATIENCE); when the connection was lost before
/// COMMIT, up to [`MAX_ATTEMPTS`](crate::MAX_ATTEMPTS). So it changes nothing but the database.
/// A statement that failed spoils the whole ([`Error::Spoiled`]): write `ON CONFLICT`, do not catch a conflict.
/// Where the compiler cannot know the block's type, it is written: `|tx| -> Result<i64, Fault> { … }`.
///
/// `write_tx!(db, read committed, |tx| -> … { … })` is for what is written often and needs no more than that each statement
/// is atomic: an `UPDATE` says in its `WHERE` what must still hold, and how many rows it changed says whether it did.
/// On `PostgreSQL` it runs at READ COMMITTED even where writes are serializable, so nobody has to run again for it.
#[macro_export]
macro_rules! write_tx {
    ($db:expr, |$tx:ident| $body:block) => {
        $crate::write_tx!($db, |$tx| -> Result<_, _> $body)
    };
    ($db:expr, |$tx:ident| -> $outcome:ty $body:block) => {
        $crate::write_tx!(@begin_write, $db, |$tx| -> $outcome $body)
    };
    ($db:expr, read committed, |$tx:ident| -> $outcome:ty $body:block) => {
        $crate::write_tx!(@begin_write_row_by_row, $db, |$tx| -> $outcome $body)
    };
    (@$begin:ident, $db:expr, |$tx:ident| -> $outcome:ty $body:block) => {{
        let db: &$crate::Db = &$db;
        let mut attempts = $crate::Attempts::of(db);
        loop {
            let mut transaction = match db.$begin().await {
                Ok(transaction) => transaction,
                Err(error) => {
                    if let Some(retry) = error.retry()
                        && attempts.again(retry).await
                    {
                        continue;
                    }
                    break Err(error.into());
                }
            };
            let outcome: $outcome = async {
                let $tx = &mut transaction;
                $body
            }
            .await;
            match outcome {
                Ok(value) => match transaction.commit().await {
                    Ok(()) => break Ok(value),
                    Err(error) => {
                        if let Some(retry) = error.retry()
                            && attempts.again(retry).await
                        {
                            continue;
                        }
                        break Err(error.into());
                    }
                },
                Err(error) => {
                    if let Some(retry) = transaction.abandon().await
                        && attempts.again(retry).await
                    {
                        continue;
                    }
                    break Err(error);
                }
            }
        }
    }};
}
