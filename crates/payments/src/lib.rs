//! Payment providers: the trait that the store pays through, and its adapters.
//!
//! A provider takes an amount and returns the payment's state. It knows neither orders nor customers: the caller
//! identifies the payment by an id of its own. The adapters are [`stripe`], [`pix`] of Brazil's
//! banks, and the [`sandbox`].

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod call;
mod event;
mod hex;
mod http;
mod money;
mod movement;
mod payment;
pub mod pix;
mod provider;
mod providers;
mod refund;
pub mod sandbox;
mod secret;
pub mod stripe;
mod tls;

pub use iso_currency::Currency;

pub use self::call::{CallRecorder, ProviderCall};
pub use self::event::{DisputeReport, DisputeState, EventError, EventRequest, EventSubject, ProviderEvent};
pub use self::http::SetupError;
pub use self::money::Money;
pub use self::movement::{Movement, MovementKind};
pub use self::payment::{
    Checkout, DeclineReason, NextAction, PaymentMethod, PaymentRef, PaymentReport, PaymentRequest, PaymentState,
    PaymentToken,
};
pub use self::provider::{PaymentProvider, ProviderError, Result};
pub use self::providers::Providers;
pub use self::refund::{RefundRequest, RefundState};
pub use self::secret::Secret;
