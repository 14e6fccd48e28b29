//! Sources of rows: a database or a transaction; and the macros that run one SQL text on either engine.

use sqlx::pool::PoolConnection;
use sqlx::{Database, Postgres, Sqlite, Transaction};

use crate::db::Db;
use crate::error::Error;
use crate::transaction::{Health, Tx};

/// A database or a transaction, for functions that can read from either: `async fn title(mut on: impl Source, …)`.
pub trait Source: Send {
    #[doc(hidden)]
    fn lease(&mut self) -> impl Future<Output = Result<Lease<'_>, Error>> + Send;
}

impl Source for &Db {
    async fn lease(&mut self) -> Result<Lease<'_>, Error> {
        Db::lease(self).await
    }
}

impl Source for &mut Tx {
    async fn lease(&mut self) -> Result<Lease<'_>, Error> {
        Tx::lease(self).await
    }
}

/// A connection for one statement.
#[doc(hidden)]
pub enum Lease<'a> {
    Sqlite(ConnectionGuard<'a, Sqlite>),
    Postgres(ConnectionGuard<'a, Postgres>),
}

#[doc(hidden)]
pub struct ConnectionGuard<'a, D: Database>(Connection<'a, D>);

enum Connection<'a, D: Database> {
    Pooled(PoolConnection<D>),
    /// A transaction that holds a single statement.
    Alone(Transaction<'static, D>),
    InTransaction {
        connection: &'a mut D::Connection,
        health: &'a mut Health,
        keeps_statements: bool,
    },
}

impl<'a, D: Database> ConnectionGuard<'a, D> {
    pub(crate) fn pooled(connection: PoolConnection<D>) -> Self {
        Self(Connection::Pooled(connection))
    }

    pub(crate) fn alone(transaction: Transaction<'static, D>) -> Self {
        Self(Connection::Alone(transaction))
    }

    pub(crate) fn in_transaction(
        connection: &'a mut D::Connection,
        health: &'a mut Health,
        keeps_statements: bool,
    ) -> Self {
        Self(Connection::InTransaction {
            connection,
            health,
            keeps_statements,
        })
    }

    /// Whether the session belongs to this connection alone, so that a statement can be prepared once and then reused.
    pub fn keeps_statements(&self) -> bool {
        match &self.0 {
            Connection::Pooled(_) => true,
            Connection::Alone(_) => false,
            Connection::InTransaction { keeps_statements, .. } => *keeps_statements,
        }
    }

    pub fn connection(&mut self) -> &mut D::Connection {
        match &mut self.0 {
            Connection::Pooled(connection) => connection,
            Connection::Alone(transaction) => transaction,
            Connection::InTransaction { connection, .. } => connection,
        }
    }

    /// Gives the connection back. A transaction records a failure here, and whether another run may succeed.
    pub async fn settle<T>(self, outcome: Result<T, sqlx::Error>) -> Result<T, Error> {
        let outcome = outcome.map_err(Error::from);
        match self.0 {
            Connection::InTransaction { health, .. } => {
                if let Err(error) = &outcome {
                    health.suffer(error);
                }
            }
            Connection::Alone(transaction) if outcome.is_ok() => transaction.commit().await?,
            Connection::Alone(_) | Connection::Pooled(_) => {}
        }
        outcome
    }
}

/// All rows: `fetch_all!(db, TitleRow, "SELECT … WHERE year = $1", year)` is a `Result<Vec<TitleRow>, store::Error>`.
///
/// Runs on a [`Db`], a [`Tx`] or a [`Source`]. The row derives `sqlx::FromRow`, or is a tuple.
#[macro_export]
macro_rules! fetch_all {
    ($on:expr, $row:ty, $sql:expr $(, $argument:expr)* $(,)?) => {
        $crate::__fetch!(fetch_all, $on, $row, $sql $(, $argument)*)
    };
}

/// The first row, when there is one.
#[macro_export]
macro_rules! fetch_optional {
    ($on:expr, $row:ty, $sql:expr $(, $argument:expr)* $(,)?) => {
        $crate::__fetch!(fetch_optional, $on, $row, $sql $(, $argument)*)
    };
}

/// The one row; none is [`Error::NotOneRow`].
#[macro_export]
macro_rules! fetch_one {
    ($on:expr, $row:ty, $sql:expr $(, $argument:expr)* $(,)?) => {
        $crate::__fetch!(fetch_one, $on, $row, $sql $(, $argument)*)
    };
}

/// Runs a statement and returns how many rows it touched.
#[macro_export]
macro_rules! execute {
    ($on:expr, $sql:expr $(, $argument:expr)* $(,)?) => {
        match $on.lease().await {
            Ok($crate::Lease::Sqlite(mut held)) => {
                $crate::ran("sqlite", file!(), line!());
                let keeps = held.keeps_statements();
                let query = $crate::sqlx::query::<$crate::sqlx::Sqlite>($crate::Sql::sqlite($sql));
                let outcome = query$(.bind($argument))*.persistent(keeps).execute(held.connection()).await;
                held.settle(outcome).await.map(|done| done.rows_affected())
            }
            Ok($crate::Lease::Postgres(mut held)) => {
                $crate::ran("postgres", file!(), line!());
                let keeps = held.keeps_statements();
                let query = $crate::sqlx::query::<$crate::sqlx::Postgres>($crate::Sql::postgres($sql));
                let outcome = query$(.bind($argument))*.persistent(keeps).execute(held.connection()).await;
                held.settle(outcome).await.map(|done| done.rows_affected())
            }
            Err(error) => Err(error),
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __fetch {
    ($fetch:ident, $on:expr, $row:ty, $sql:expr $(, $argument:expr)*) => {
        match $on.lease().await {
            Ok($crate::Lease::Sqlite(mut held)) => {
                $crate::ran("sqlite", file!(), line!());
                let keeps = held.keeps_statements();
                let query = $crate::sqlx::query_as::<$crate::sqlx::Sqlite, $row>($crate::Sql::sqlite($sql));
                let outcome = query$(.bind($argument))*.persistent(keeps).$fetch(held.connection()).await;
                held.settle(outcome).await
            }
            Ok($crate::Lease::Postgres(mut held)) => {
                $crate::ran("postgres", file!(), line!());
                let keeps = held.keeps_statements();
                let query = $crate::sqlx::query_as::<$crate::sqlx::Postgres, $row>($crate::Sql::postgres($sql));
                let outcome = query$(.bind($argument))*.persistent(keeps).$fetch(held.connection()).await;
                held.settle(outcome).await
            }
            Err(error) => Err(error),
        }
    };
}

/// Records which statements the tests have run on which engine; does nothing outside tests.
#[doc(hidden)]
#[inline]
pub fn ran(engine: &'static str, file: &'static str, line: u32) {
    #[cfg(feature = "testing")]
    crate::testing::statements::ran(engine, file, line);
    #[cfg(not(feature = "testing"))]
    let _ = (engine, file, line);
}
