//! `dvs migrate`: brings a `PostgreSQL` database to what this version needs.

use anyhow::Result;

use crate::commands::say;
use crate::config::MigrateOptions;
use crate::databases;

pub(crate) async fn run(options: MigrateOptions) -> Result<()> {
    match databases::migrate(options.role, &options.database_url).await? {
        0 => say("The database is up to date."),
        1 => say("The database took 1 migration."),
        migrations => say(format_args!("The database took {migrations} migrations.")),
    }
}
