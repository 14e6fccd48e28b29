//! A refund: money of a payment that goes back to the customer.

use uuid::Uuid;

use crate::money::Money;

/// What the store asks a provider to return.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundRequest {
    /// The store's id of the refund and its idempotency key: a request with the same id returns the money once.
    pub id: Uuid,
    pub amount: Money,
}

/// The state of a refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefundState {
    /// The provider has accepted it, and the money is on its way.
    Pending,
    Succeeded,
    /// The provider does not return the money, for this reason. Staff have to find another way.
    Failed(String),
}
