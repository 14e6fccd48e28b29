//! Payment providers: the trait that the store pays through, and its adapters.
//!
//! A provider takes an amount and answers what became of it. It knows neither orders nor customers: the caller names the
//! payment by an id of its own. The adapters are the [`sandbox`]; [`pix`] writes the codes that customers of Brazil's banks
//! pay with.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod money;
mod payment;
pub mod pix;
mod provider;
pub mod sandbox;

pub use iso_currency::Currency;

pub use self::money::Money;
pub use self::payment::{
    DeclineReason, NextAction, PaymentMethod, PaymentRef, PaymentRequest, PaymentState, PaymentToken,
};
pub use self::provider::{PaymentProvider, ProviderError, Result};
