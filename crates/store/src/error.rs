//! What can go wrong with a database, with one meaning on both engines.

use sqlx::error::{DatabaseError, ErrorKind};

use crate::contention::Retry;
use crate::storage::StorageCause;

/// A failed call of the database.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Too many callers wait for a connection, and this one has waited for its limit.
    #[error("the database is busy")]
    Busy,
    /// Another transaction came in between; `write_tx!` has already run the block again.
    #[error("the transaction lost against another one")]
    Contention(#[source] sqlx::Error),
    /// The database cannot be reached; nothing was written.
    #[error("the database is not reachable")]
    Unavailable(#[source] sqlx::Error),
    /// The connection broke after COMMIT was sent: the transaction may be committed or not.
    #[error("the database did not say whether it committed")]
    Undecided(#[source] sqlx::Error),
    /// A row with this key exists already; the name is `PostgreSQL`'s default one, such as `customer_email_key`.
    #[error("{constraint} is taken")]
    Conflict { constraint: String },
    /// A statement that must touch one row touched none or several.
    #[error("one row was to be touched, but {touched} were")]
    NotOneRow { touched: u64 },
    /// A stored value is not one that this program writes.
    #[error("the database holds what it should not: {0}")]
    Corrupt(String),
    /// A statement of this transaction had failed before the commit. `PostgreSQL` would roll back silently, so the
    /// commit is refused on both engines.
    #[error("a statement of this transaction failed; it cannot be committed")]
    Spoiled,
    /// The schema cannot be brought to the version that this program needs.
    #[error("the schema does not fit this program")]
    Schema(#[source] sqlx::migrate::MigrateError),
    /// Only the operator can repair this; nothing was written.
    #[error("{cause}")]
    Storage {
        cause: StorageCause,
        #[source]
        source: sqlx::Error,
    },
    #[error("the database refused a statement")]
    Database(#[source] sqlx::Error),
}

impl Error {
    /// Whether the row was refused because of this key, such as `customer_email_key` or `customer_pkey`.
    pub fn is_unique_violation(&self, name: &str) -> bool {
        matches!(self, Self::Conflict { constraint } if constraint == name)
    }

    /// Whether the same transaction may succeed when it is run again.
    pub fn is_transient(&self) -> bool {
        self.retry().is_some()
    }

    /// Why the same transaction may succeed when it is run again; none if it will not.
    pub fn retry(&self) -> Option<Retry> {
        match self {
            Self::Contention(_) => Some(Retry::Contention),
            Self::Unavailable(_) => Some(Retry::Unavailable),
            _ => None,
        }
    }
}

/// `SQLITE_CONSTRAINT_PRIMARYKEY`
const PRIMARY_KEY: &str = "1555";

/// Refuses a write that did not touch exactly one row.
pub fn exactly_one(rows_affected: u64) -> Result<(), Error> {
    match rows_affected {
        1 => Ok(()),
        touched => Err(Error::NotOneRow { touched }),
    }
}

impl From<sqlx::migrate::MigrateError> for Error {
    /// An error during a migration has the same meaning as elsewhere.
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        use sqlx::migrate::MigrateError;
        match error {
            MigrateError::Execute(error) => match Self::from(error) {
                Self::Database(error) => Self::Schema(MigrateError::Execute(error)),
                known => known,
            },
            MigrateError::ExecuteMigration(error, version) => match Self::from(error) {
                Self::Database(error) => Self::Schema(MigrateError::ExecuteMigration(error, version)),
                known => known,
            },
            other => Self::Schema(other),
        }
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::PoolTimedOut => Self::Busy,
            sqlx::Error::RowNotFound => Self::NotOneRow { touched: 0 },
            // A connection that is cut during its handshake is reported as a violation of the protocol.
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Self::Unavailable(error),
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) | sqlx::Error::ColumnNotFound(_) => {
                Self::Corrupt(error.to_string())
            }
            sqlx::Error::Database(refusal) => of_refusal(refusal),
            other => Self::Database(other),
        }
    }
}

fn of_refusal(refusal: Box<dyn DatabaseError>) -> Error {
    if refusal.kind() == ErrorKind::UniqueViolation {
        let constraint = taken_key(refusal.as_ref());
        return Error::Conflict { constraint };
    }
    let code = refusal.code().unwrap_or_default().into_owned();
    let error = sqlx::Error::Database(refusal);
    // SQLite's extended codes hold the primary code in the low byte: BUSY 5, LOCKED 6.
    // PostgreSQL's are five characters: serialization failure, deadlock, and the class 08 and 57P of lost servers.
    let of_sqlite = code.parse::<u32>().ok().filter(|_| code.len() < 5);
    let cause = match of_sqlite {
        Some(code) => StorageCause::of_sqlite(code),
        None => StorageCause::of_postgres(&code),
    };
    if let Some(cause) = cause {
        cause.note(&error);
        return Error::Storage { cause, source: error };
    }
    match of_sqlite.map(|code| code & 0xFF) {
        Some(5 | 6) => Error::Contention(error),
        _ if code == "40001" || code == "40P01" => Error::Contention(error),
        _ if code.starts_with("08") || code.starts_with("57P") || code == "53300" => Error::Unavailable(error),
        _ => Error::Database(error),
    }
}

/// The key that is taken, by `PostgreSQL`'s default name; `SQLite` reports only the columns.
fn taken_key(refusal: &dyn DatabaseError) -> String {
    if let Some(name) = refusal.constraint() {
        return name.to_owned();
    }
    let columns = refusal.message().rsplit("failed: ").next().unwrap_or_default();
    if let Some(index) = columns.strip_prefix("index '") {
        return index.trim_end_matches('\'').to_owned();
    }
    let table = columns.split('.').next().unwrap_or_default();
    if refusal.code().as_deref() == Some(PRIMARY_KEY) {
        return format!("{table}_pkey");
    }
    let names: Vec<_> = columns
        .split(", ")
        .filter_map(|column| column.split('.').nth(1))
        .collect();
    format!("{table}_{}_key", names.join("_"))
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;
    use crate::{Db, PostgresOptions};

    #[tokio::test]
    async fn a_server_that_cuts_the_connection_is_not_reachable() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("postgres://guest@{}/none", listener.local_addr().unwrap());
        tokio::spawn(async move { while listener.accept().await.is_ok() {} });
        let refused = Db::connect_postgres(&url, PostgresOptions::DEFAULT).await;
        assert!(refused.as_ref().is_err_and(Error::is_transient), "{refused:?}");
    }
}
