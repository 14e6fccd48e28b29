//! Whether a pooler stands between this program and `PostgreSQL`, such as `PgBouncer`.
//!
//! In its transaction mode each transaction may come to another session of the server. So no setting, no prepared statement
//! and no lock of a session may be relied on. Nothing in the protocol says that it is there; but a session that is ours
//! keeps a setting that we began it with, and a pooler refuses such a setting, or drops it.

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, Row as _};

/// A server takes any setting whose name has a point in it.
const SETTING: &str = "dvs.session";
const VALUE: &str = "own";
const ASK: &str = "SELECT current_setting('dvs.session', true)";

/// Begins a session with a setting, and looks whether it has it.
pub(crate) async fn stands_between(server: &PgConnectOptions) -> Result<bool, sqlx::Error> {
    let mut connection = match server.clone().options([(SETTING, VALUE)]).connect().await {
        Ok(connection) => connection,
        // If it is something else that is refused, the connection without the setting says so.
        Err(sqlx::Error::Database(_)) => return Ok(true),
        Err(error) => return Err(error),
    };
    // Not prepared: that takes two steps, which a pooler may take with two sessions.
    let row = sqlx::raw_sql(ASK).fetch_one(&mut connection).await?;
    let value: Option<String> = row.try_get(0)?;
    connection.close().await?;
    Ok(value.as_deref() != Some(VALUE))
}
