//! Events: what a provider tells the store by calling it (a webhook).

use std::collections::HashMap;

use uuid::Uuid;

use crate::money::Money;

/// A call of a provider, as it was received.
#[derive(Debug, Clone, Copy)]
pub struct EventRequest<'a> {
    /// The names of headers are in lower case.
    pub headers: &'a HashMap<String, String>,
    /// The query of the address, without the question mark.
    pub query: &'a str,
    /// The bytes that the signature is over.
    pub body: &'a [u8],
}

/// What a provider tells of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderEvent {
    /// The provider's id of the event. An event that is sent twice has one id.
    pub id: String,
    pub subjects: Vec<EventSubject>,
}

/// What has changed at the provider, and is to be looked up there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventSubject {
    /// A payment, or a refund of it. The id is the store's.
    Payment(Uuid),
    /// A dispute, by the provider's id of it.
    Dispute(String),
}

/// Why a call is not taken for an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    #[error("this payment provider sends no events")]
    NotSupported,
    #[error("the signature is missing or wrong")]
    Signature,
    #[error("the signature is too old")]
    TooOld,
    #[error("the event cannot be read")]
    Malformed,
}

/// A customer's objection to a payment at their bank, which then takes the money back until it is decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisputeReport {
    /// The store's id of the payment; none if the payment is not this store's.
    pub payment: Option<Uuid>,
    pub amount: Money,
    pub state: DisputeState,
}

/// The state of a dispute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DisputeState {
    /// The bank only asks; no money was taken back.
    Inquiry,
    /// The money was taken back until the dispute is decided.
    Open,
    /// The store keeps the money.
    Won,
    /// The customer keeps the money.
    Lost,
}
