//! Orders and their lines.

use sqlx::FromRow;
use store::{Dialects, Error, List, Source, Tx, exactly_one, execute, fetch_all, fetch_optional, insert_many};
use uuid::Uuid;

use crate::id::{CustomerId, OrderId};
use crate::library::store::entitlements;
use crate::order::bill::Bill;
use crate::order::{Earlier, Fingerprint, IdempotencyKey, Move, Order, OrderLine, OrderRequest, OrderState};
use crate::payment;
use crate::payment::store::PaymentColumns;
use crate::store::{bytes, corrupt, holding, money, offer, title, with_revisions};

macro_rules! select {
    ($tail:literal) => {
        concat!(
            "SELECT o.customer_id, o.order_id, o.fingerprint, o.state, o.currency_code, o.subtotal_minor, \
             o.discount_minor, o.tax_minor, o.total_minor, o.created_at_us, o.lapses_at_us, o.answered, p.provider, \
             p.method, p.state AS payment_state, p.amount_minor, p.provider_reference, p.decline_reason, p.action, \
             p.action_value, p.action_expires_at_us \
             FROM orders o JOIN payments p ON p.customer_id = o.customer_id AND p.payment_id = o.order_id ",
            $tail
        )
    };
}

#[derive(FromRow)]
struct OrderRow {
    customer_id: Uuid,
    order_id: Uuid,
    fingerprint: Vec<u8>,
    state: String,
    currency_code: String,
    subtotal_minor: i64,
    discount_minor: i64,
    tax_minor: i64,
    total_minor: i64,
    created_at_us: i64,
    lapses_at_us: i64,
    answered: bool,
    #[sqlx(flatten)]
    payment: PaymentColumns,
}

#[derive(FromRow)]
struct LineRow {
    order_id: Uuid,
    offer_id: String,
    title_id: String,
    title_name: String,
    runtime_minutes: i32,
    kind: String,
    price_minor: i64,
    start_window_hours: i32,
    viewing_window_hours: i32,
}

pub(crate) async fn find(mut on: impl Source, customer: CustomerId, order: OrderId) -> Result<Option<Order>, Error> {
    const BY_ID: &str = select!("WHERE o.customer_id = $1 AND o.order_id = $2");
    let row = fetch_optional!(on, OrderRow, BY_ID, customer.uuid(), order.uuid())?;
    Ok(assemble(on, customer, Vec::from_iter(row)).await?.pop())
}

/// Whose order this is, for staff and tools that have only its id.
pub(crate) async fn owner(mut on: impl Source, order: OrderId) -> Result<Option<CustomerId>, Error> {
    const OWNER: &str = "SELECT customer_id FROM orders WHERE order_id = $1";
    let row = fetch_optional!(on, (Uuid,), OWNER, order.uuid())?;
    Ok(row.map(|(customer,)| CustomerId::new(customer)))
}

/// The order that the customer placed under this key.
pub(crate) async fn find_by_key(
    mut on: impl Source,
    customer: CustomerId,
    key: &IdempotencyKey,
) -> Result<Option<Earlier>, Error> {
    const BY_KEY: &str = select!("WHERE o.customer_id = $1 AND o.idempotency_key = $2");
    let row = fetch_optional!(on, OrderRow, BY_KEY, customer.uuid(), key.as_str())?;
    let Some(row) = row else { return Ok(None) };
    let (fingerprint, answered) = (Fingerprint(bytes(row.fingerprint.clone())?), row.answered);
    let order = assemble(on, customer, vec![row]).await?.pop();
    Ok(order.map(|order| Earlier {
        order,
        fingerprint,
        answered,
    }))
}

/// The newest orders, or those after a place in that list.
pub(crate) async fn list(
    mut on: impl Source,
    customer: CustomerId,
    after: Option<(i64, Uuid)>,
    limit: i64,
) -> Result<Vec<Order>, Error> {
    const NEWEST: &str = select!("WHERE o.customer_id = $1 ORDER BY o.created_at_us DESC, o.order_id DESC LIMIT $2");
    const AFTER: &str = select!(
        "WHERE o.customer_id = $1 AND (o.created_at_us, o.order_id) < ($3, $4) \
         ORDER BY o.created_at_us DESC, o.order_id DESC LIMIT $2"
    );
    let rows = match after {
        None => fetch_all!(on, OrderRow, NEWEST, customer.uuid(), limit)?,
        Some((at_us, id)) => fetch_all!(on, OrderRow, AFTER, customer.uuid(), limit, at_us, id)?,
    };
    assemble(on, customer, rows).await
}

/// The customer's orders that changed after one revision and up to another, each with its own, in the order of their
/// changes.
pub(crate) async fn changed(
    mut on: impl Source,
    customer: CustomerId,
    after: i64,
    until: i64,
    limit: i64,
) -> Result<Vec<(Order, i64)>, Error> {
    const CHANGED: &str = "SELECT order_id, revision FROM orders \
                           WHERE customer_id = $1 AND revision > $2 AND revision <= $3 ORDER BY revision LIMIT $4";
    const BY_ID: Dialects = Dialects {
        sqlite: select!("WHERE o.customer_id = $1 AND o.order_id IN (SELECT unhex(value) FROM json_each($2))"),
        postgres: select!("WHERE o.customer_id = $1 AND o.order_id = ANY($2)"),
    };
    let changed = fetch_all!(on, (Uuid, i64), CHANGED, customer.uuid(), after, until, limit)?;
    if changed.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<_> = changed.iter().map(|(id, _)| *id).collect();
    let rows = fetch_all!(on, OrderRow, BY_ID, customer.uuid(), List(&ids))?;
    let found = assemble(on, customer, rows).await?;
    Ok(with_revisions(changed, found, |order| order.id.uuid()))
}

/// Whether the customer placed an order under this key.
pub(crate) async fn is_key_taken(
    mut on: impl Source,
    customer: CustomerId,
    key: &IdempotencyKey,
) -> Result<bool, Error> {
    const TAKEN: &str = "SELECT order_id FROM orders WHERE customer_id = $1 AND idempotency_key = $2";
    let row = fetch_optional!(on, (Uuid,), TAKEN, customer.uuid(), key.as_str())?;
    Ok(row.is_some())
}

pub(crate) async fn insert(tx: &mut Tx, order: &Order, request: &OrderRequest, revision: i64) -> Result<(), Error> {
    const INSERT: &str = "INSERT INTO orders (customer_id, order_id, idempotency_key, fingerprint, state, \
         currency_code, subtotal_minor, discount_minor, tax_minor, total_minor, created_at_us, lapses_at_us, \
         answered, revision) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, FALSE, $13)";
    let bill = &order.bill;
    exactly_one(execute!(
        tx,
        INSERT,
        order.customer.uuid(),
        order.id.uuid(),
        request.key.as_str(),
        &request.fingerprint().0[..],
        order.state.name(),
        bill.total.currency_code(),
        bill.subtotal.minor(),
        bill.discount.minor(),
        bill.tax.minor(),
        bill.total.minor(),
        order.created_at_us,
        order.lapses_at_us,
        revision,
    )?)?;
    payment::store::insert(tx, order.customer, order.id, &order.payment, order.created_at_us).await?;
    insert_lines(tx, order).await
}

async fn insert_lines(tx: &mut Tx, order: &Order) -> Result<(), Error> {
    let numbered: Vec<_> = (1_i32..).zip(&order.lines).collect();
    insert_many!(
        tx,
        "INSERT INTO order_lines (customer_id, order_id, line_number, offer_id, title_id, title_name, \
         runtime_minutes, kind, price_minor, start_window_hours, viewing_window_hours) VALUES",
        &numbered,
        |row| [
            order.customer.uuid(),
            order.id.uuid(),
            row.0,
            row.1.offer.as_str(),
            row.1.title.as_str(),
            row.1.title_name.as_str(),
            row.1.runtime_minutes,
            row.1.holding.kind().name(),
            row.1.price.minor(),
            row.1.holding.start_window_hours(),
            row.1.holding.viewing_window_hours(),
        ]
    )?;
    Ok(())
}

/// Takes an order from one state to another. That it was in the first one is part of the statement.
pub(crate) async fn make_move(tx: &mut Tx, order: &Order, step: Move, revision: i64) -> Result<(), Error> {
    const MOVE: &str = "UPDATE orders SET state = $4, revision = $5 \
                        WHERE customer_id = $1 AND order_id = $2 AND state = $3";
    let (customer, id) = (order.customer.uuid(), order.id.uuid());
    let (from, to) = (step.from().name(), step.to().name());
    exactly_one(execute!(tx, MOVE, customer, id, from, to, revision)?)
}

/// Gives an order the revision of a change that leaves it in its state.
pub(crate) async fn write_revision(tx: &mut Tx, order: &Order, revision: i64) -> Result<(), Error> {
    const WRITE: &str = "UPDATE orders SET revision = $3 WHERE customer_id = $1 AND order_id = $2";
    exactly_one(execute!(tx, WRITE, order.customer.uuid(), order.id.uuid(), revision)?)
}

/// Notes that the customer was told to wait.
pub(crate) async fn leave(tx: &mut Tx, order: &Order) -> Result<(), Error> {
    const LEAVE: &str = "UPDATE orders SET answered = TRUE WHERE customer_id = $1 AND order_id = $2";
    exactly_one(execute!(tx, LEAVE, order.customer.uuid(), order.id.uuid())?)
}

/// Takes out of the customer's orders what they wrote themselves: the names they gave them.
pub(crate) async fn anonymise(tx: &mut Tx, customer: CustomerId) -> Result<(), Error> {
    const ANONYMISE: Dialects = Dialects {
        sqlite: "UPDATE orders SET idempotency_key = hex(order_id) WHERE customer_id = $1",
        postgres: "UPDATE orders SET idempotency_key = order_id::text WHERE customer_id = $1",
    };
    execute!(tx, ANONYMISE, customer.uuid())?;
    Ok(())
}

/// Puts rows together with their lines and with what they gave.
async fn assemble(mut on: impl Source, customer: CustomerId, rows: Vec<OrderRow>) -> Result<Vec<Order>, Error> {
    const LINES: Dialects = Dialects {
        sqlite: "SELECT order_id, offer_id, title_id, title_name, runtime_minutes, kind, price_minor, \
                 start_window_hours, viewing_window_hours FROM order_lines \
                 WHERE customer_id = $1 AND order_id IN (SELECT unhex(value) FROM json_each($2)) \
                 ORDER BY order_id, line_number",
        postgres: "SELECT order_id, offer_id, title_id, title_name, runtime_minutes, kind, price_minor, \
                   start_window_hours, viewing_window_hours FROM order_lines \
                   WHERE customer_id = $1 AND order_id = ANY($2) ORDER BY order_id, line_number",
    };
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<_> = rows.iter().map(|row| row.order_id).collect();
    let lines = fetch_all!(on, LineRow, LINES, customer.uuid(), List(&ids))?;
    let mut refunds = payment::store::refunds_of(&mut on, customer, &ids).await?;
    let mut entitlements = entitlements::of_orders(on, customer, &ids).await?;
    let mut orders = Vec::with_capacity(rows.len());
    for row in rows {
        let own = lines.iter().filter(|line| line.order_id == row.order_id);
        let lines = own
            .map(|line| line.read(&row.currency_code))
            .collect::<Result<_, _>>()?;
        let mut order = row.read(lines)?;
        order.entitlements = entitlements.extract_if(.., |one| one.order == order.id).collect();
        let own = refunds.extract_if(.., |(of, _)| *of == order.id);
        order.refunds = own.map(|(_, refund)| refund).collect();
        orders.push(order);
    }
    Ok(orders)
}

impl OrderRow {
    fn read(self, lines: Vec<OrderLine>) -> Result<Order, Error> {
        let amount = |minor| money(minor, &self.currency_code);
        Ok(Order {
            id: OrderId::new(self.order_id),
            customer: CustomerId::new(self.customer_id),
            state: OrderState::from_name(&self.state).ok_or_else(|| corrupt("an order's state", &self.state))?,
            lines,
            bill: Bill {
                subtotal: amount(self.subtotal_minor)?,
                discount: amount(self.discount_minor)?,
                tax: amount(self.tax_minor)?,
                total: amount(self.total_minor)?,
            },
            payment: self.payment.read(&self.currency_code)?,
            refunds: Vec::new(),
            created_at_us: self.created_at_us,
            lapses_at_us: self.lapses_at_us,
            entitlements: Vec::new(),
        })
    }
}

impl LineRow {
    fn read(&self, currency_code: &str) -> Result<OrderLine, Error> {
        Ok(OrderLine {
            offer: offer(&self.offer_id)?,
            title: title(&self.title_id)?,
            title_name: self.title_name.clone(),
            runtime_minutes: self.runtime_minutes,
            price: money(self.price_minor, currency_code)?,
            holding: holding(&self.kind, self.start_window_hours, self.viewing_window_hours)?,
        })
    }
}
