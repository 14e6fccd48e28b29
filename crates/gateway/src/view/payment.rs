//! How an order is paid, and the outcomes.

use api::rent;
use api::rent::next_action::Action;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Time;

/// How an order is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PaymentMethod {
    Card,
    Pix,
}

impl From<rent::PaymentMethod> for PaymentMethod {
    fn from(method: rent::PaymentMethod) -> Self {
        match method {
            rent::PaymentMethod::Pix => Self::Pix,
            rent::PaymentMethod::Card | rent::PaymentMethod::Unspecified => Self::Card,
        }
    }
}

impl From<PaymentMethod> for rent::PaymentMethod {
    fn from(method: PaymentMethod) -> Self {
        match method {
            PaymentMethod::Card => Self::Card,
            PaymentMethod::Pix => Self::Pix,
        }
    }
}

/// Why the payment provider refused the payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DeclineReason {
    Declined,
    InsufficientFunds,
    InvalidToken,
    Other,
}

impl DeclineReason {
    pub(crate) fn of(order: &rent::Order) -> Self {
        match order.decline_reason() {
            rent::DeclineReason::Declined => Self::Declined,
            rent::DeclineReason::InsufficientFunds => Self::InsufficientFunds,
            rent::DeclineReason::InvalidToken => Self::InvalidToken,
            // During an upgrade, rent may know more reasons than this gateway.
            rent::DeclineReason::Unspecified => Self::Other,
        }
    }
}

/// What a pending order waits for.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum NextAction {
    /// The payment provider has not answered; ask for the order again.
    Wait,
    /// The customer pays by Pix, with this code.
    Pix {
        /// The BR Code: the text to copy, which the QR code shows.
        code: String,
        expires_at: Time,
        /// Whether `POST /api/v1/sandbox/orders/{order_id}/payment` pays it.
        sandbox: bool,
    },
}

impl NextAction {
    /// The action that an order waits for; `None` once it has ended.
    pub(crate) fn of(action: rent::NextAction) -> Self {
        match action.action {
            Some(Action::ShowCode(shown)) => Self::Pix {
                code: shown.code,
                expires_at: Time::new(shown.expires_at_us),
                sandbox: shown.sandbox,
            },
            Some(Action::Wait(_)) | None => Self::Wait,
        }
    }
}
