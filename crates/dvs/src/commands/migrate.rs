//! `dvs migrate`: applies this version's migrations to a `PostgreSQL` database.

use std::time::Duration;

use anyhow::Result;
use tokio::time::Instant;

use crate::commands::{counted, say};
use crate::config::MigrateOptions;
use crate::databases;

/// How long between two tries to reach the database.
const BETWEEN_TRIES: Duration = Duration::from_secs(1);

pub(crate) async fn run(options: MigrateOptions) -> Result<()> {
    let until = Instant::now() + Duration::from_secs(options.wait);
    while let Err(error) = databases::reach(&options.database_url).await {
        if Instant::now() + BETWEEN_TRIES > until {
            return Err(error);
        }
        tracing::info!("waiting for the database: {error:#}");
        tokio::time::sleep(BETWEEN_TRIES).await;
    }
    match databases::migrate(options.role, &options.database_url).await? {
        0 => say("The database is up to date."),
        pending => {
            let migrations = counted(pending, "migration", "migrations");
            say(format_args!("The database took {migrations}."))
        }
    }
}
