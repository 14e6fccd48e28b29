//! Movements: the lines of a provider's own record of money.

use uuid::Uuid;

use crate::money::Money;

/// One movement of money at a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Movement {
    pub kind: MovementKind,
    /// The store's id of the payment; none if the movement is not of a payment of this store.
    pub payment: Option<Uuid>,
    /// The provider's own id of the movement.
    pub reference: String,
    /// The amount without the fee.
    pub amount: Money,
    /// What the provider keeps of it for its service.
    pub fee: Money,
    /// In microseconds since 1970 UTC.
    pub at_us: i64,
}

/// The direction of a movement, and its reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MovementKind {
    /// A customer paid.
    Payment,
    /// Money of a payment went back. The id is the store's id of the refund; none if it was refunded outside the store.
    Refund(Option<Uuid>),
    /// A bank took disputed money back.
    DisputeOpened,
    /// Disputed money came again.
    DisputeWon,
}
