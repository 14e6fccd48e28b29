//! Detects whether connections to `PostgreSQL` go through a pooler, such as `PgBouncer`.
//!
//! A pooler in transaction mode may give each transaction another session of the server, so a program cannot rely on
//! settings, prepared statements or locks of a session. The protocol does not reveal a pooler. But a direct session
//! keeps a setting that it was opened with, while a pooler refuses such a setting or drops it.

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, Row as _};

/// A server accepts any setting whose name contains a dot.
const SETTING: &str = "dvs.session";
const VALUE: &str = "own";
const ASK: &str = "SELECT current_setting('dvs.session', true)";

/// Opens a session with a setting, and checks whether the session has it.
pub(crate) async fn detect(server: &PgConnectOptions) -> Result<bool, sqlx::Error> {
    let mut connection = match server.clone().options([(SETTING, VALUE)]).connect().await {
        Ok(connection) => connection,
        // If something else was refused, the connection without the setting will report it.
        Err(sqlx::Error::Database(_)) => return Ok(true),
        Err(error) => return Err(error),
    };
    // Not prepared, because a pooler may run the two steps of a prepared statement in two sessions.
    let row = sqlx::raw_sql(ASK).fetch_one(&mut connection).await?;
    let value: Option<String> = row.try_get(0)?;
    connection.close().await?;
    Ok(value.as_deref() != Some(VALUE))
}
