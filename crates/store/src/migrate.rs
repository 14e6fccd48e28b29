//! Migrations on `PostgreSQL`, all in one transaction: behind a pooler a session's locks, search path and prepared
//! statements do not outlive a transaction.

use sqlx::migrate::{MigrateError, Migration, Migrator};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};

use crate::db::Migrations;
use crate::error::Error;

/// The table in which sqlx records the migrations that were run; this module uses the same one.
pub(crate) const TABLE: &str = "_sqlx_migrations";
/// An arbitrary number. The process that migrates a database holds this lock until the commit.
const LOCK: i64 = 6_911_207;

/// The table of a service's migrations, with its schema.
pub(crate) fn table(migrations: &Migrations) -> String {
    match migrations.schema {
        Some(schema) => format!("{schema}.{TABLE}"),
        None => TABLE.to_owned(),
    }
}

/// Runs the pending migrations. If two processes do so at once, the second waits and finds nothing to do.
pub(crate) async fn run(connection: &mut PgConnection, migrations: &Migrations) -> Result<(), Error> {
    let mut transaction = connection.begin().await?;
    let lock = format!("SELECT pg_advisory_xact_lock({LOCK})");
    transaction.execute(AssertSqlSafe(lock)).await?;
    if let Some(schema) = migrations.schema {
        let prepare = format!("CREATE SCHEMA IF NOT EXISTS {schema}; SET LOCAL search_path TO {schema}");
        transaction.execute(AssertSqlSafe(prepare)).await?;
    }
    let table = table(migrations);
    let prepare = format!(
        "CREATE TABLE IF NOT EXISTS {table} (version BIGINT PRIMARY KEY, description TEXT NOT NULL, \
         installed_on TIMESTAMPTZ NOT NULL DEFAULT now(), success BOOLEAN NOT NULL, checksum BYTEA NOT NULL, \
         execution_time BIGINT NOT NULL)"
    );
    transaction.execute(AssertSqlSafe(prepare)).await?;
    let list = format!("SELECT version, checksum FROM {table} WHERE success");
    let done: Vec<(i64, Vec<u8>)> = sqlx::query_as(AssertSqlSafe(list))
        .persistent(false)
        .fetch_all(&mut *transaction)
        .await?;
    check(&migrations.postgres, &done)?;
    for migration in pending(&migrations.postgres, &done) {
        let ran = transaction.execute(migration.sql.clone()).await;
        ran.map_err(|error| MigrateError::ExecuteMigration(error, migration.version))?;
        let note = format!(
            "INSERT INTO {table} (version, description, success, checksum, execution_time) VALUES ($1, $2, TRUE, $3, -1)"
        );
        sqlx::query(AssertSqlSafe(note))
            .bind(migration.version)
            .bind(&*migration.description)
            .bind(&*migration.checksum)
            .persistent(false)
            .execute(&mut *transaction)
            .await?;
    }
    Ok(transaction.commit().await?)
}

/// Refuses a database in which another migration with the same number was run: it belongs to another service.
pub(crate) fn check(wanted: &Migrator, done: &[(i64, Vec<u8>)]) -> Result<(), Error> {
    for migration in wanted.iter() {
        let is_other = |(version, checksum): &(i64, Vec<u8>)| {
            *version == migration.version && checksum.as_slice() != &*migration.checksum
        };
        if done.iter().any(is_other) {
            return Err(MigrateError::VersionMismatch(migration.version).into());
        }
    }
    Ok(())
}

pub(crate) fn pending<'a>(
    wanted: &'a Migrator,
    done: &'a [(i64, Vec<u8>)],
) -> impl Iterator<Item = &'a Migration> + use<'a> {
    wanted
        .iter()
        .filter(|migration| !done.iter().any(|(version, _)| *version == migration.version))
}
