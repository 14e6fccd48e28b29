//! How an order is paid, and what may come of it.

use api::rent;
use serde::de::IntoDeserializer;
use serde::de::value::{Error as ValueError, StringDeserializer};
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

impl PaymentMethod {
    pub(crate) fn of(name: &str) -> Self {
        if name == Self::Pix.name() {
            Self::Pix
        } else {
            Self::Card
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Card => "card",
            Self::Pix => "pix",
        }
    }
}

/// Why the payment provider said no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DeclineReason {
    Declined,
    InsufficientFunds,
    ExpiredCard,
    InvalidToken,
    Other,
}

impl DeclineReason {
    /// Providers say more than we show.
    pub(crate) fn of(reason: &str) -> Self {
        let name: StringDeserializer<ValueError> = reason.to_ascii_lowercase().into_deserializer();
        Self::deserialize(name).unwrap_or(Self::Other)
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
    /// What an order says that its customer does; nothing once it has ended.
    pub(crate) fn of(order: &rent::Order) -> Option<Self> {
        match (order.next_action.as_str(), &order.pix) {
            ("", _) => None,
            ("PIX", Some(pix)) => Some(Self::Pix {
                code: pix.code.clone(),
                expires_at: Time::new(pix.expires_at_us),
                sandbox: pix.sandbox,
            }),
            _ => Some(Self::Wait),
        }
    }
}
