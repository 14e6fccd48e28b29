//! How an order is paid, and what may come of it.

use serde::de::IntoDeserializer;
use serde::de::value::{Error as ValueError, StringDeserializer};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

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

/// What a pending order waits for. `wait`: the payment provider has not answered; ask for the order again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum NextAction {
    Wait,
}
