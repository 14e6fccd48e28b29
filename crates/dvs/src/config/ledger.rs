//! The options of `dvs ledger`.

use clap::{Args, Subcommand};

use super::tools::StoreOptions;
use crate::values::Bound;

#[derive(Debug, Subcommand)]
pub(crate) enum LedgerCommand {
    /// Compare the ledger with the orders, and with the payment providers' own records, day by day. Prints every difference,
    /// and fails if there is one.
    Check(LedgerCheckOptions),
}

#[derive(Debug, Args)]
pub(crate) struct LedgerCheckOptions {
    /// The first day, such as 2026-01-31, or a time such as 2026-01-31T20:00:00Z; without it, from the first order.
    #[arg(long, value_name = "DATE")]
    pub(crate) from: Option<Bound>,
    /// The last day, or a time at which the check ends; without it, until today.
    #[arg(long, value_name = "DATE")]
    pub(crate) to: Option<Bound>,
    #[command(flatten)]
    pub(crate) store: StoreOptions,
}
