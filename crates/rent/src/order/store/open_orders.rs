//! Orders that wait for their customer, who pays by Pix.

use store::{Error, Source, Tx, exactly_one, execute, fetch_optional};
use uuid::Uuid;

use crate::id::{CustomerId, OrderId};
use crate::order::Order;

/// Notes that the customer was told what to do to pay an order.
pub(crate) async fn await_customer(tx: &mut Tx, order: &Order, revision: i64) -> Result<(), Error> {
    const WRITE: &str = "UPDATE orders SET answered = TRUE, revision = $3 WHERE customer_id = $1 AND order_id = $2";
    exactly_one(execute!(tx, WRITE, order.customer.uuid(), order.id.uuid(), revision)?)
}

/// Whose open order this is.
pub(crate) async fn owner_of_open(mut on: impl Source, order: OrderId) -> Result<Option<CustomerId>, Error> {
    const OWNER: &str = "SELECT customer_id FROM orders WHERE state IN ('pending', 'paid') AND order_id = $1";
    let row = fetch_optional!(on, (Uuid,), OWNER, order.uuid())?;
    Ok(row.map(|(customer,)| CustomerId::new(customer)))
}

/// Whether the customer has an order that is still being paid.
pub(crate) async fn has_open(mut on: impl Source, customer: CustomerId) -> Result<bool, Error> {
    const OPEN: &str = "SELECT order_id FROM orders WHERE customer_id = $1 AND state IN ('pending', 'paid') LIMIT 1";
    Ok(fetch_optional!(on, (Uuid,), OPEN, customer.uuid())?.is_some())
}
