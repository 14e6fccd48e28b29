//! The trait of a payment provider: start, look up, cancel and refund, each answered with the payment's state.

use std::time::Duration;

use async_trait::async_trait;
use iso_currency::Currency;

use crate::payment::{PaymentMethod, PaymentRef, PaymentRequest, PaymentState};

/// A company that takes payments.
///
/// Every call is idempotent under the [`PaymentRef`] that it is given, and what it answers is durable before it answers. A
/// payment that was cancelled before money was taken can never succeed afterwards: only because of that may the store free
/// what an order had reserved.
#[async_trait]
pub trait PaymentProvider: Send + Sync {
    /// The name of the provider, such as `sandbox`.
    fn name(&self) -> &'static str;

    /// Whether the provider only pretends, so that pages can say that no real money moves.
    fn is_sandbox(&self) -> bool;

    /// The methods by which an amount in this currency can be paid.
    fn methods(&self, currency: Currency) -> Vec<PaymentMethod>;

    /// Takes the money, or answers what the customer has to do first. A payment that was started before is answered as it is.
    async fn start(&self, request: &PaymentRequest) -> Result<PaymentState>;

    async fn look_up(&self, payment: &PaymentRef) -> Result<PaymentState>;

    /// Makes sure that no money is taken from now on. A payment that has succeeded stays so, and is answered.
    async fn cancel(&self, payment: &PaymentRef) -> Result<PaymentState>;

    /// Returns the whole amount of a payment that has succeeded.
    async fn refund(&self, payment: &PaymentRef) -> Result<PaymentState>;
}

pub type Result<T> = std::result::Result<T, ProviderError>;

/// Why a provider gave no answer. The state of the payment is unknown then.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ProviderError {
    #[error("the payment provider failed: {0}")]
    Failed(String),
    #[error("the payment provider did not answer within {0:?}")]
    Late(Duration),
}
