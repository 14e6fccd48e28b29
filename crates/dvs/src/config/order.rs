//! The options of `dvs order`.

use clap::{Args, Subcommand, ValueEnum};

use super::tools::StoreOptions;
use crate::values::Price;

#[derive(Debug, Subcommand)]
pub(crate) enum OrderCommand {
    /// What a customer ordered and paid, and what was refunded.
    Show(OrderShowOptions),
    /// Give the money of an order back, or a part of it. What the order gave can then not be watched any more.
    Refund(OrderRefundOptions),
}

#[derive(Debug, Args)]
pub(crate) struct OrderShowOptions {
    /// The order's id, as in the address of its page.
    pub(crate) order_id: String,
    #[command(flatten)]
    pub(crate) store: StoreOptions,
}

#[derive(Debug, Args)]
pub(crate) struct OrderRefundOptions {
    /// The order's id, as in the address of its page.
    pub(crate) order_id: String,
    /// How much, such as BRL:500 for R$ 5,00; without it, all that is left.
    #[arg(long)]
    pub(crate) amount: Option<Price>,
    /// Let the customer keep what the order gave.
    #[arg(long)]
    pub(crate) keep_access: bool,
    #[arg(long, value_enum)]
    pub(crate) reason: RefundReason,
    #[command(flatten)]
    pub(crate) store: StoreOptions,
}

/// Why staff give money back.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum RefundReason {
    /// The customer asked for it.
    Requested,
    /// The film was paid twice.
    Duplicate,
    /// The film did not play as it should.
    TechnicalProblem,
    /// The store does not have the film any more.
    TitleWithdrawn,
    /// Somebody else paid with the customer's money.
    Fraud,
}
