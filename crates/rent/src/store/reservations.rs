//! Reservations: an open order keeps (customer, title, kind) to itself.

use store::{Error, Tx, execute};

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

/// Frees all that an order reserved.
pub(crate) async fn free(tx: &mut Tx, order: &Order) -> Result<(), Error> {
    const FREE: &str = "DELETE FROM reservations WHERE customer_id = $1 AND order_id = $2";
    execute!(tx, FREE, order.customer.uuid(), order.id.uuid())?;
    Ok(())
}
