//! The state of an order.

use api::rent::OrderState;
use serde::Serialize;
use utoipa::ToSchema;

/// `pending`: nothing decided yet; `paid`: the money was taken; `fulfilled`: the entitlements are there.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = OrderState)]
pub(crate) enum OrderStage {
    Pending,
    Paid,
    Fulfilled,
    Declined,
    Cancelled,
    Refunded,
}

impl From<OrderState> for OrderStage {
    fn from(state: OrderState) -> Self {
        match state {
            OrderState::Pending | OrderState::Unspecified => Self::Pending,
            OrderState::Paid => Self::Paid,
            OrderState::Fulfilled => Self::Fulfilled,
            OrderState::Declined => Self::Declined,
            OrderState::Cancelled => Self::Cancelled,
            OrderState::Refunded => Self::Refunded,
        }
    }
}
