//! Transactions, and writes that are run again when another transaction came in between.

use sqlx::{Postgres, Sqlite, Transaction};
use tokio::sync::watch;

use crate::contention::Retry;
use crate::db::{Db, PostgresDb};
use crate::error::Error;
use crate::source::{ConnectionGuard, Lease};
use crate::writes::Writing;

/// A transaction on either engine. If it is dropped without a commit, it has no effect.
#[derive(Debug)]
pub struct Tx {
    engine: Engine,
    health: Health,
    /// Woken when the commit has succeeded.
    wakes: Vec<watch::Sender<()>>,
    /// Counts the announced writes a second time when the transaction has ended, because it is dropped last.
    pub(crate) writing: Writing,
}

/// The state of a transaction's statements. The first failure decides: later ones are its consequences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Health {
    Sound,
    Spoiled,
    /// Failed, but another run may succeed.
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
    /// Begins a write. Use `write_tx!`, which also runs the write again if necessary.
    pub async fn begin_write(&self) -> Result<Tx, Error> {
        match self {
            // Takes the lock at once: a transaction that reads first and then writes would fail instead of waiting.
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

    /// Begins a write whose statements each check their own conditions; use `write_tx!(…, read committed, …)`.
    pub async fn begin_write_row_by_row(&self) -> Result<Tx, Error> {
        match self {
            Self::Sqlite(_) => self.begin_write().await,
            Self::Postgres(db) => Ok(Tx::new(Engine::postgres(db, db.pool.begin().await?))),
        }
    }

    /// Begins a read of several statements that all see the same state; it ends when it is dropped.
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
            // COMMIT may have been executed: running the block again could do everything twice.
            Err(Error::Unavailable(lost)) => Err(Error::Undecided(lost)),
            Err(error) => Err(error),
        }
    }

    /// Rolls back, and returns why another run may succeed, if it may.
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
/// rolls back and is passed on. **The block may run several times**: when another transaction came in between, until
/// the caller's deadline or [`CONTENTION_PATIENCE`](crate::CONTENTION_PATIENCE); when the connection was lost before
/// COMMIT, up to [`MAX_ATTEMPTS`](crate::MAX_ATTEMPTS). So it must change nothing but the database. A failed statement
/// makes the whole transaction fail ([`Error::Spoiled`]): write `ON CONFLICT` instead of catching a conflict. If the
/// compiler cannot infer the block's type, state it: `|tx| -> Result<i64, Fault> { … }`.
///
/// `write_tx!(db, read committed, |tx| -> … { … })` is for frequent writes that need no more than that each statement
/// is atomic: an `UPDATE` states in its `WHERE` what must still be true, and the number of changed rows shows whether
/// it was. On `PostgreSQL` such a write runs at READ COMMITTED even if writes are serializable, so it causes no
/// serialization failures.
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
