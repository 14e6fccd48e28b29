//! The trait of a payment provider: start, look up, cancel and refund; each returns the payment's state.

use std::time::Duration;

use async_trait::async_trait;
use iso_currency::Currency;

use crate::event::{DisputeReport, EventError, EventRequest, ProviderEvent};
use crate::movement::Movement;
use crate::payment::{PaymentMethod, PaymentRef, PaymentReport, PaymentRequest};
use crate::refund::{RefundRequest, RefundState};

/// A company that takes payments.
///
/// Every call is idempotent under its [`PaymentRef`], and its outcome is durable before it returns. A payment that was
/// cancelled before money was taken can never succeed afterwards: the store relies on this when it releases what an
/// order had reserved.
#[async_trait]
pub trait PaymentProvider: Send + Sync {
    /// The name of the provider, such as `sandbox`.
    fn name(&self) -> &'static str;

    /// Whether the provider only simulates payments, so that pages can say that no real money moves.
    fn is_sandbox(&self) -> bool;

    /// The methods by which an amount in this currency can be paid.
    fn methods(&self, currency: Currency) -> Vec<PaymentMethod>;

    /// Whether a payment by this method begins with a token that the browser got from the provider.
    fn needs_token(&self, _method: PaymentMethod) -> bool {
        false
    }

    /// Takes the money, or returns what the customer has to do first. For a payment that was started before, returns
    /// its state.
    async fn start(&self, request: &PaymentRequest) -> Result<PaymentReport>;

    async fn look_up(&self, payment: &PaymentRef) -> Result<PaymentReport>;

    /// Makes sure that no money is taken from now on. A payment that has succeeded stays so, and its state is returned.
    async fn cancel(&self, payment: &PaymentRef) -> Result<PaymentReport>;

    /// Returns a part or all of a payment that has succeeded. All refunds of a payment are never more than it: one that
    /// would exceed it has failed. For a refund that was requested before, returns its state.
    async fn refund(&self, payment: &PaymentRef, refund: &RefundRequest) -> Result<RefundState>;

    /// The provider's own record of the money that it moved in a span of time, `from_us` included and `until_us` not, so
    /// that the books can be compared with it.
    async fn movements(&self, from_us: i64, until_us: i64) -> Result<Vec<Movement>>;

    /// Reads an event that the provider sent, once its signature is found right. What the event says is never believed:
    /// the state of its subject is looked up. A provider that sends no events has none.
    fn read_event(&self, _request: &EventRequest<'_>) -> std::result::Result<ProviderEvent, EventError> {
        Err(EventError::NotSupported)
    }

    /// The payment that an event is about, and the state of the dispute that the event reports.
    async fn look_up_dispute(&self, _dispute: &str) -> Result<DisputeReport> {
        Err(ProviderError::Failed(
            "this payment provider reports no disputes".to_owned(),
        ))
    }
}

pub type Result<T> = std::result::Result<T, ProviderError>;

/// Why a provider gave no answer. The state of the payment is then unknown.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ProviderError {
    #[error("the payment provider failed: {0}")]
    Failed(String),
    #[error("the payment provider did not answer within {0:?}")]
    Late(Duration),
}
