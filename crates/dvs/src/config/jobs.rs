//! The command line of `dvs jobs`.

use clap::{Args, Subcommand};

use super::StoreOptions;

#[derive(Debug, Subcommand)]
pub(crate) enum JobsCommand {
    /// List the jobs that failed permanently, the last first.
    List(StoreOptions),
    /// Have a job run again at once, with all its retries.
    Retry(DeadLetterOptions),
    /// Take a job away: what it was to do is not done.
    Drop(DeadLetterOptions),
}

#[derive(Debug, Args)]
pub(crate) struct DeadLetterOptions {
    /// The job's id, as `dvs jobs list` shows it.
    pub(crate) job_id: String,
    #[command(flatten)]
    pub(crate) store: StoreOptions,
}
