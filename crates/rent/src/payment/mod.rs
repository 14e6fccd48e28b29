//! Payments: each order has one, which the provider knows by the order's id. The crate [`payments`] has the providers.

pub(crate) mod wire;

use payments::PaymentRef;

use crate::id::OrderId;

/// The payment of an order.
pub(crate) fn of_order(order: OrderId) -> PaymentRef {
    PaymentRef::new(order.uuid())
}
