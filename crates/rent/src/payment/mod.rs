//! What a payment provider is to the store: charge, look up, cancel and refund, each answered with the charge's state, and a list.

pub(crate) mod money;
pub(crate) mod pix;
pub mod sandbox;
pub(crate) mod wire;

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

use crate::fault::{Fault, Result};
use crate::id::OrderId;
use crate::payment::money::Money;
use crate::payment::pix::PixCode;
use crate::payment::sandbox::Sandbox;

/// Somebody who takes money. A charge is known by its order's id, whatever is asked and however often.
///
/// Every method is idempotent, and durable before it answers. A charge that was cancelled before anything was charged
/// can never be charged afterwards: only so may the store free what an order had reserved.
#[async_trait]
pub trait PaymentProvider: Send + Sync {
    /// Takes the money, or says with what the customer pays it, unless this charge was decided before.
    async fn charge(&self, charge: &Charge) -> ProviderResult<ChargeState>;
    async fn look_up(&self, order: OrderId) -> ProviderResult<ChargeState>;
    /// Makes sure that nothing is charged from now on; what was charged stays so, and is answered.
    async fn cancel(&self, order: OrderId) -> ProviderResult<ChargeState>;
    /// Gives back what was charged.
    async fn refund(&self, order: OrderId) -> ProviderResult<ChargeState>;
    /// What was charged, declined or refunded, oldest first, after a place in the list that an earlier page ended at.
    async fn list(&self, after: i64, limit: i64) -> ProviderResult<Vec<ListedCharge>>;
    /// What it is called, such as `sandbox`.
    fn name(&self) -> &'static str;
    /// The sandbox, where it is what this is: only there can anybody pay at the press of a button.
    fn sandbox(&self) -> Option<&Sandbox> {
        None
    }
}

pub type ProviderResult<T> = std::result::Result<T, ProviderError>;

/// Why a provider gave no answer. Nothing is known of the charge then.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ProviderError {
    #[error("the payment provider failed: {0}")]
    Failed(String),
    #[error("the payment provider did not answer within {0:?}")]
    Late(Duration),
}

/// What the store asks a provider to take.
#[derive(Debug, Clone)]
pub struct Charge {
    pub order: OrderId,
    pub amount: Money,
    pub method: PaymentMethod,
    pub token: PaymentToken,
    /// Until when a customer who has to do something may do it.
    pub pay_by_us: i64,
}

/// What has become of a charge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChargeState {
    /// The provider never decided it; it may still be charged.
    Unknown,
    /// The customer has not paid yet; they may until the code expires, and what was on its way then still counts.
    Awaiting(PixCode),
    Charged,
    Declined(DeclineReason),
    /// Nothing was charged, and nothing ever will be.
    Cancelled,
    Refunded,
}

impl ChargeState {
    /// How the provider's record and the tools call it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Awaiting(_) => "awaiting",
            Self::Charged => "charged",
            Self::Declined(_) => "declined",
            Self::Cancelled => "cancelled",
            Self::Refunded => "refunded",
        }
    }
}

/// A charge in the provider's own record.
#[derive(Debug, Clone)]
pub struct ListedCharge {
    /// Its place in the list.
    pub number: i64,
    pub order: OrderId,
    pub amount: Money,
    pub state: ChargeState,
}

/// Why a provider said no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeclineReason {
    Declined,
    InsufficientFunds,
    InvalidToken,
}

impl DeclineReason {
    const ALL: [Self; 3] = [Self::Declined, Self::InsufficientFunds, Self::InvalidToken];

    /// A stable name, for programs and the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Declined => "declined",
            Self::InsufficientFunds => "insufficient_funds",
            Self::InvalidToken => "invalid_token",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaymentMethod {
    Card,
    Pix,
}

impl PaymentMethod {
    pub(crate) const ALL: [Self; 2] = [Self::Card, Self::Pix];

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Card => "card",
            Self::Pix => "pix",
        }
    }
}

/// What the provider gave the browser in place of a card. It is passed on and never kept. A Pix has none.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PaymentToken(String);

impl PaymentToken {
    const LIMIT_BYTES: usize = 255;

    pub(crate) fn parse(text: &str) -> Result<Self> {
        let fits = (1..=Self::LIMIT_BYTES).contains(&text.len());
        if fits && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Ok(Self(text.to_owned()));
        }
        Err(Fault::invalid(
            "payment.token",
            "The payment token is 1 to 255 visible ASCII characters.",
        ))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PaymentToken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("PaymentToken(…)")
    }
}
