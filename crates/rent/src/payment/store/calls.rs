//! The requests that were made to payment providers.

use payments::ProviderCall;
use sqlx::FromRow;
use store::{Dialects, Error, Source, Tx, execute, fetch_all, insert_many};
use uuid::Uuid;

use crate::payment::calls::RecordedCall;

/// The most calls that are forgotten at once.
const FORGOTTEN_AT_ONCE: i64 = 1_000;

#[derive(FromRow)]
struct CallRow {
    method: String,
    path: String,
    status: Option<i32>,
    error: Option<String>,
    elapsed_us: i64,
    at_us: i64,
}

pub(crate) async fn insert(tx: &mut Tx, calls: &[(Uuid, ProviderCall)]) -> Result<(), Error> {
    insert_many!(
        tx,
        "INSERT INTO provider_calls (call_id, provider, payment_id, method, path, status, error, elapsed_us, at_us) \
         VALUES",
        calls,
        |row| [
            row.0,
            row.1.provider,
            row.1.payment,
            row.1.method.as_str(),
            row.1.path.as_str(),
            row.1.status.map(i32::from),
            row.1.error.as_deref(),
            i64::try_from(row.1.elapsed.as_micros()).unwrap_or(i64::MAX),
            row.1.at_us,
        ]
    )?;
    Ok(())
}

/// The latest calls about a payment, oldest first.
pub(crate) async fn of_payment(mut on: impl Source, payment: Uuid, limit: i64) -> Result<Vec<RecordedCall>, Error> {
    const OF_PAYMENT: &str = "SELECT method, path, status, error, elapsed_us, at_us FROM provider_calls \
                              WHERE payment_id = $1 ORDER BY at_us DESC, call_id DESC LIMIT $2";
    let rows = fetch_all!(on, CallRow, OF_PAYMENT, payment, limit)?;
    let read = |row: CallRow| RecordedCall {
        method: row.method,
        path: row.path,
        status: row.status,
        error: row.error,
        elapsed_us: row.elapsed_us,
        at_us: row.at_us,
    };
    Ok(rows.into_iter().rev().map(read).collect())
}

/// Forgets calls that were made before a moment.
pub(crate) async fn forget(tx: &mut Tx, before_us: i64) -> Result<(), Error> {
    const FORGET: Dialects = Dialects {
        sqlite: "DELETE FROM provider_calls WHERE rowid IN \
                 (SELECT rowid FROM provider_calls WHERE at_us < $1 LIMIT $2)",
        // What another process forgets just now is not waited for.
        postgres: "DELETE FROM provider_calls WHERE ctid IN \
                   (SELECT ctid FROM provider_calls WHERE at_us < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)",
    };
    execute!(tx, FORGET, before_us, FORGOTTEN_AT_ONCE)?;
    Ok(())
}
