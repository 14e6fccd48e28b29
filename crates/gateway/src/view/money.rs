//! Money as the public sees it: whole minor units and a currency, never a fraction.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An amount in the currency's minor units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Money {
    /// Such as 1490 for R$ 14,90.
    #[schema(example = 1490)]
    amount_minor: i64,
    /// ISO 4217.
    #[schema(example = "BRL")]
    currency_code: String,
}

impl Money {
    /// The price that a fault tells beside its reason.
    pub(crate) fn from_facts(amount_minor: Option<&str>, currency_code: Option<&str>) -> Option<Self> {
        Some(Self {
            amount_minor: amount_minor?.parse().ok()?,
            currency_code: currency_code?.to_owned(),
        })
    }
}

impl From<api::Money> for Money {
    fn from(money: api::Money) -> Self {
        Self {
            amount_minor: money.amount_minor,
            currency_code: money.currency_code,
        }
    }
}

impl From<Money> for api::Money {
    fn from(money: Money) -> Self {
        Self {
            amount_minor: money.amount_minor,
            currency_code: money.currency_code,
        }
    }
}

/// A message of the contracts that came without its money says nothing was asked.
impl From<Option<api::Money>> for Money {
    fn from(money: Option<api::Money>) -> Self {
        money.unwrap_or_default().into()
    }
}
