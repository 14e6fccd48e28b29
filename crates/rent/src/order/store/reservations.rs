//! Reservations: an open order keeps (customer, title, kind) to itself.

use store::{Error, Source, Tx, execute, fetch_optional};
use uuid::Uuid;

use crate::id::{CustomerId, OrderId};
use crate::order::{Order, OrderLine};

/// Reserves a line's title; false when another open order has it.
pub(crate) async fn take(tx: &mut Tx, order: &Order, line: &OrderLine) -> Result<bool, Error> {
    const TAKE: &str = "INSERT INTO reservations (customer_id, title_id, kind, order_id) VALUES ($1, $2, $3, $4) \
                        ON CONFLICT (customer_id, title_id, kind) DO NOTHING";
    let kind = line.holding.kind().name();
    let taken = execute!(
        tx,
        TAKE,
        order.customer.uuid(),
        line.title.as_str(),
        kind,
        order.id.uuid()
    )?;
    Ok(taken == 1)
}

/// The customer's order that has a line's title.
pub(crate) async fn holder(
    mut on: impl Source,
    customer: CustomerId,
    line: &OrderLine,
) -> Result<Option<OrderId>, Error> {
    const HOLDER: &str = "SELECT order_id FROM reservations WHERE customer_id = $1 AND title_id = $2 AND kind = $3";
    let kind = line.holding.kind().name();
    let row = fetch_optional!(on, (Uuid,), HOLDER, customer.uuid(), line.title.as_str(), kind)?;
    Ok(row.map(|(order,)| OrderId::new(order)))
}

/// Frees all that an order reserved.
pub(crate) async fn free(tx: &mut Tx, order: &Order) -> Result<(), Error> {
    const FREE: &str = "DELETE FROM reservations WHERE customer_id = $1 AND order_id = $2";
    execute!(tx, FREE, order.customer.uuid(), order.id.uuid())?;
    Ok(())
}
