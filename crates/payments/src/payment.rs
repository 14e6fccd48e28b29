//! A payment: the request to a provider, and the states that a provider reports.

use std::fmt;

use uuid::Uuid;

use crate::money::Money;

/// Identifies a payment. The store's id of it is the idempotency key of every call: a request with the same id is about
/// the same payment, however often it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PaymentRef {
    id: Uuid,
    reference: Option<String>,
}

impl PaymentRef {
    pub fn new(id: Uuid) -> Self {
        Self { id, reference: None }
    }

    /// The same payment, with the id that the provider gave it.
    #[must_use]
    pub fn with_reference(self, reference: Option<String>) -> Self {
        Self { reference, ..self }
    }

    pub fn id(&self) -> Uuid {
        self.id
    }

    /// When the store made the payment, which its id tells (UUID version 7), in microseconds since 1970 UTC. None for an id
    /// that does not tell.
    pub fn made_at_us(&self) -> Option<i64> {
        let (seconds, nanoseconds) = self.id.get_timestamp()?.to_unix();
        let seconds_us = i64::try_from(seconds).ok()?.checked_mul(1_000_000)?;
        seconds_us.checked_add(i64::from(nanoseconds / 1_000))
    }

    /// The provider's own id. None until the provider has answered, or if it knows payments by the store's id.
    pub fn reference(&self) -> Option<&str> {
        self.reference.as_deref()
    }
}

impl fmt::Display for PaymentRef {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.id.fmt(out)
    }
}

/// What the store asks a provider to charge.
#[derive(Debug, Clone)]
pub struct PaymentRequest {
    pub payment: PaymentRef,
    pub amount: Money,
    pub method: PaymentMethod,
    pub token: PaymentToken,
    /// Until when a customer who has to act may do so, in microseconds since 1970 UTC. A provider that does not allow so
    /// short a time may take longer; its [`NextAction`] says until when.
    pub pay_by_us: i64,
    pub checkout: Checkout,
}

/// What a provider shows the customer on a page of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checkout {
    /// What is paid for, in words, such as the names of films.
    pub description: String,
    /// The address of the shop's page about the order; the provider sends the customer there afterwards.
    pub return_url: String,
    /// The language of the page, such as `pt-BR`.
    pub language: String,
    /// The customer's address, so that they need not type it again.
    pub email: String,
}

/// What a provider reports of a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentReport {
    pub state: PaymentState,
    /// The provider's own id of the payment, once it has one.
    pub reference: Option<String>,
}

impl From<PaymentState> for PaymentReport {
    fn from(state: PaymentState) -> Self {
        Self { state, reference: None }
    }
}

/// The state of a payment. What was returned of it is told by its refunds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PaymentState {
    /// Undecided, so the money may still be taken: the provider is working on it, or does not know the payment.
    Pending,
    /// The customer has to act. An action at the last moment counts even if the store hears of it later.
    NeedsAction(NextAction),
    /// The money was taken.
    Succeeded,
    Declined(DeclineReason),
    /// No money was taken, and none can be taken later.
    Cancelled,
}

/// What a customer has to do before the money can be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NextAction {
    /// Pay on a page of the provider's.
    Redirect { url: String, expires_at_us: i64 },
    /// Pay with a code, such as a Pix code in the app of their bank.
    ShowCode { code: String, expires_at_us: i64 },
}

impl NextAction {
    /// Until when the customer may do it, in microseconds since 1970 UTC.
    pub fn expires_at_us(&self) -> i64 {
        match self {
            Self::Redirect { expires_at_us, .. } | Self::ShowCode { expires_at_us, .. } => *expires_at_us,
        }
    }
}

/// Why a provider declined a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeclineReason {
    Declined,
    InsufficientFunds,
    InvalidToken,
    /// The provider takes no payment of this amount: it is too small or too large.
    AmountNotAccepted,
}

impl DeclineReason {
    const ALL: [Self; 4] = [
        Self::Declined,
        Self::InsufficientFunds,
        Self::InvalidToken,
        Self::AmountNotAccepted,
    ];

    /// A stable name, for programs and databases.
    pub fn name(self) -> &'static str {
        match self {
            Self::Declined => "declined",
            Self::InsufficientFunds => "insufficient_funds",
            Self::InvalidToken => "invalid_token",
            Self::AmountNotAccepted => "amount_not_accepted",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }
}

/// How a customer pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaymentMethod {
    Card,
    Pix,
}

impl PaymentMethod {
    const ALL: [Self; 2] = [Self::Card, Self::Pix];

    /// A stable name, for programs and databases.
    pub fn name(self) -> &'static str {
        match self {
            Self::Card => "card",
            Self::Pix => "pix",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }
}

/// The token that the provider gave the browser in place of a card. It is passed on and never stored. A Pix payment has
/// none.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PaymentToken(String);

impl PaymentToken {
    pub const LIMIT_BYTES: usize = 255;

    /// None unless the text is 1 to [`LIMIT_BYTES`](Self::LIMIT_BYTES) visible ASCII characters.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=Self::LIMIT_BYTES).contains(&text.len());
        let is_visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        (fits && is_visible).then(|| Self(text.to_owned()))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for reason in DeclineReason::ALL {
            assert_eq!(DeclineReason::from_name(reason.name()), Some(reason));
        }
        for method in PaymentMethod::ALL {
            assert_eq!(PaymentMethod::from_name(method.name()), Some(method));
        }
        assert_eq!(DeclineReason::from_name("charged"), None);
        assert_eq!(PaymentMethod::from_name("cash"), None);
    }

    #[test]
    fn a_token_is_1_to_255_visible_characters_and_is_not_printed() {
        let token = PaymentToken::parse("tok_visa").unwrap();
        assert_eq!(format!("{token:?}"), "PaymentToken(…)");
        assert!(PaymentToken::parse(&"t".repeat(255)).is_some());
        for bad in ["", "a b", "ção", "tab\t", &"t".repeat(256)] {
            assert_eq!(PaymentToken::parse(bad), None, "{bad:?}");
        }
    }
}
