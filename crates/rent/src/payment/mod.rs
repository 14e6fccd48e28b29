//! Payments as rent has them: each order has one, which the provider knows by the order's id. The providers are the crate
//! [`payments`].

pub(crate) mod wire;

use payments::PaymentRef;

use crate::id::OrderId;

/// The payment of an order.
pub(crate) fn of_order(order: OrderId) -> PaymentRef {
    PaymentRef::new(order.uuid())
}
