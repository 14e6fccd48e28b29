//! The record of the requests to a provider.

use std::time::Duration;

use uuid::Uuid;

/// A request that was made to a provider. It has no secret, and nothing that the provider answered but the status.
#[derive(Debug, Clone)]
pub struct ProviderCall {
    pub provider: &'static str,
    /// The store's id of the payment that it was about; none for an access token and the like.
    pub payment: Option<Uuid>,
    /// Such as `POST`.
    pub method: String,
    /// The path of the address, without the query.
    pub path: String,
    /// None if no answer came.
    pub status: Option<u16>,
    /// Why no usable answer came.
    pub error: Option<String>,
    pub elapsed: Duration,
    /// In microseconds since 1970 UTC.
    pub at_us: i64,
}

/// Keeps the requests that were made. A request does not wait until it is kept.
pub trait CallRecorder: Send + Sync {
    fn record(&self, call: ProviderCall);
}
