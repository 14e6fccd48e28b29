//! The SQL of entitlements.

use sqlx::FromRow;
use store::{Dialects, Error, List, Source, Tx, exactly_one, execute, fetch_all, fetch_optional};
use uuid::Uuid;

use crate::id::{CustomerId, EntitlementId, OrderId, TitleId};
use crate::library::entitlement::Entitlement;
use crate::store::{holding, title, with_revisions};

macro_rules! select {
    ($tail:literal) => {
        concat!(
            "SELECT customer_id, entitlement_id, order_id, title_id, title_name, runtime_minutes, kind, \
             start_window_hours, viewing_window_hours, granted_at_us, started_at_us, ended_at_us, position_seconds \
             FROM entitlements ",
            $tail
        )
    };
}

#[derive(FromRow)]
struct EntitlementRow {
    customer_id: Uuid,
    entitlement_id: Uuid,
    order_id: Uuid,
    title_id: String,
    title_name: String,
    runtime_minutes: i32,
    kind: String,
    start_window_hours: i32,
    viewing_window_hours: i32,
    granted_at_us: i64,
    started_at_us: Option<i64>,
    ended_at_us: Option<i64>,
    position_seconds: i32,
}

pub(crate) async fn find(
    mut on: impl Source,
    customer: CustomerId,
    entitlement: EntitlementId,
) -> Result<Option<Entitlement>, Error> {
    const BY_ID: &str = select!("WHERE customer_id = $1 AND entitlement_id = $2");
    let row = fetch_optional!(on, EntitlementRow, BY_ID, customer.uuid(), entitlement.uuid())?;
    row.map(EntitlementRow::read).transpose()
}

/// All entitlements that a customer ever had to a title, newest first.
pub(crate) async fn of_title(
    mut on: impl Source,
    customer: CustomerId,
    title: &TitleId,
) -> Result<Vec<Entitlement>, Error> {
    const OF_TITLE: &str =
        select!("WHERE customer_id = $1 AND title_id = $2 ORDER BY granted_at_us DESC, entitlement_id DESC");
    read(fetch_all!(
        on,
        EntitlementRow,
        OF_TITLE,
        customer.uuid(),
        title.as_str()
    )?)
}

/// The customer's entitlements that changed after one revision and up to another, each with its own, in the order of
/// their changes.
pub(crate) async fn changed(
    mut on: impl Source,
    customer: CustomerId,
    after: i64,
    until: i64,
    limit: i64,
) -> Result<Vec<(Entitlement, i64)>, Error> {
    const CHANGED: &str = "SELECT entitlement_id, revision FROM entitlements \
                           WHERE customer_id = $1 AND revision > $2 AND revision <= $3 ORDER BY revision LIMIT $4";
    const BY_ID: Dialects = Dialects {
        sqlite: select!("WHERE customer_id = $1 AND entitlement_id IN (SELECT unhex(value) FROM json_each($2))"),
        postgres: select!("WHERE customer_id = $1 AND entitlement_id = ANY($2)"),
    };
    let changed = fetch_all!(on, (Uuid, i64), CHANGED, customer.uuid(), after, until, limit)?;
    if changed.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<_> = changed.iter().map(|(id, _)| *id).collect();
    let found = read(fetch_all!(on, EntitlementRow, BY_ID, customer.uuid(), List(&ids))?)?;
    Ok(with_revisions(changed, found, |one| one.id.uuid()))
}

/// The entitlements that some of a customer's orders gave.
pub(crate) async fn of_orders(
    mut on: impl Source,
    customer: CustomerId,
    orders: &[Uuid],
) -> Result<Vec<Entitlement>, Error> {
    const OF_ORDERS: Dialects = Dialects {
        sqlite: select!(
            "WHERE customer_id = $1 AND order_id IN (SELECT unhex(value) FROM json_each($2)) ORDER BY entitlement_id"
        ),
        postgres: select!("WHERE customer_id = $1 AND order_id = ANY($2) ORDER BY entitlement_id"),
    };
    read(fetch_all!(
        on,
        EntitlementRow,
        OF_ORDERS,
        customer.uuid(),
        List(orders)
    )?)
}

/// The newest entitlements, or those after a position in that list.
pub(crate) async fn list(
    mut on: impl Source,
    customer: CustomerId,
    after: Option<(i64, Uuid)>,
    limit: i64,
) -> Result<Vec<Entitlement>, Error> {
    const NEWEST: &str = select!("WHERE customer_id = $1 ORDER BY granted_at_us DESC, entitlement_id DESC LIMIT $2");
    const AFTER: &str = select!(
        "WHERE customer_id = $1 AND (granted_at_us, entitlement_id) < ($3, $4) \
         ORDER BY granted_at_us DESC, entitlement_id DESC LIMIT $2"
    );
    read(match after {
        None => fetch_all!(on, EntitlementRow, NEWEST, customer.uuid(), limit)?,
        Some((at_us, id)) => fetch_all!(on, EntitlementRow, AFTER, customer.uuid(), limit, at_us, id)?,
    })
}

/// The titles with the most rentals since a moment: among the newest `counted` rentals, those with `at_least` of them.
pub(crate) async fn most_rented(
    mut on: impl Source,
    since_us: i64,
    counted: i64,
    at_least: i64,
    limit: i64,
) -> Result<Vec<TitleId>, Error> {
    const MOST: &str = "SELECT title_id FROM (SELECT title_id FROM entitlements \
                        WHERE kind = 'rent' AND ended_at_us IS NULL AND granted_at_us > $1 \
                        ORDER BY granted_at_us DESC LIMIT $2) AS lately \
                        GROUP BY title_id HAVING COUNT(*) >= $3 ORDER BY COUNT(*) DESC, title_id LIMIT $4";
    let rows = fetch_all!(on, (String,), MOST, since_us, counted, at_least, limit)?;
    rows.iter().map(|(id,)| title(id)).collect()
}

/// How often titles were rented since a moment, the most frequent first: among the newest `counted` rentals, titles
/// with `at_least` of them.
pub(crate) async fn ordered_since(
    mut on: impl Source,
    since_us: i64,
    counted: i64,
    at_least: i64,
    limit: i64,
) -> Result<Vec<(TitleId, i64)>, Error> {
    const ORDERED: &str = "SELECT title_id, COUNT(*) FROM (SELECT title_id FROM entitlements \
                           WHERE kind = 'rent' AND ended_at_us IS NULL AND granted_at_us > $1 \
                           ORDER BY granted_at_us DESC LIMIT $2) AS lately \
                           GROUP BY title_id HAVING COUNT(*) >= $3 ORDER BY COUNT(*) DESC, title_id LIMIT $4";
    let rows = fetch_all!(on, (String, i64), ORDERED, since_us, counted, at_least, limit)?;
    rows.iter().map(|(id, orders)| Ok((title(id)?, *orders))).collect()
}

pub(crate) async fn insert(tx: &mut Tx, entitlement: &Entitlement, revision: i64) -> Result<(), Error> {
    const INSERT: &str = "INSERT INTO entitlements (customer_id, entitlement_id, order_id, title_id, title_name, \
         runtime_minutes, kind, start_window_hours, viewing_window_hours, granted_at_us, started_at_us, \
         position_seconds, revision) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    tx.writes(&entitlement.customer);
    exactly_one(execute!(
        tx,
        INSERT,
        entitlement.customer.uuid(),
        entitlement.id.uuid(),
        entitlement.order.uuid(),
        entitlement.title.as_str(),
        entitlement.title_name.as_str(),
        entitlement.runtime_minutes,
        entitlement.holding.kind().name(),
        entitlement.holding.start_window_hours(),
        entitlement.holding.viewing_window_hours(),
        entitlement.granted_at_us,
        entitlement.started_at_us,
        entitlement.position_seconds,
        revision,
    )?)
}

/// Writes when the first picture was shown, once.
pub(crate) async fn write_start(tx: &mut Tx, entitlement: &Entitlement, revision: i64) -> Result<(), Error> {
    const START: &str = "UPDATE entitlements SET started_at_us = $3, revision = $4 \
                         WHERE customer_id = $1 AND entitlement_id = $2 AND started_at_us IS NULL \
                         AND ended_at_us IS NULL";
    tx.writes(&entitlement.customer);
    let (customer, id) = (entitlement.customer.uuid(), entitlement.id.uuid());
    exactly_one(execute!(tx, START, customer, id, entitlement.started_at_us, revision)?)
}

/// Writes that an entitlement was taken back, once.
pub(crate) async fn write_end(tx: &mut Tx, entitlement: &Entitlement, revision: i64) -> Result<(), Error> {
    const END: &str = "UPDATE entitlements SET ended_at_us = $3, revision = $4 \
                       WHERE customer_id = $1 AND entitlement_id = $2 AND ended_at_us IS NULL";
    tx.writes(&entitlement.customer);
    let (customer, id) = (entitlement.customer.uuid(), entitlement.id.uuid());
    exactly_one(execute!(tx, END, customer, id, entitlement.ended_at_us, revision)?)
}

/// Writes the position in the film. It gets no revision: a player writes it every few seconds, and no watcher needs it.
pub(crate) async fn write_position(tx: &mut Tx, entitlement: &Entitlement) -> Result<(), Error> {
    const KEEP: &str = "UPDATE entitlements SET position_seconds = $3 WHERE customer_id = $1 AND entitlement_id = $2";
    tx.writes(&entitlement.customer);
    let (customer, id) = (entitlement.customer.uuid(), entitlement.id.uuid());
    exactly_one(execute!(tx, KEEP, customer, id, entitlement.position_seconds)?)
}

/// Deletes every entitlement of a customer.
pub(crate) async fn delete_all(tx: &mut Tx, customer: CustomerId) -> Result<(), Error> {
    tx.writes(&customer);
    execute!(tx, "DELETE FROM entitlements WHERE customer_id = $1", customer.uuid())?;
    Ok(())
}

fn read(rows: Vec<EntitlementRow>) -> Result<Vec<Entitlement>, Error> {
    rows.into_iter().map(EntitlementRow::read).collect()
}

impl EntitlementRow {
    fn read(self) -> Result<Entitlement, Error> {
        Ok(Entitlement {
            id: EntitlementId::new(self.entitlement_id),
            customer: CustomerId::new(self.customer_id),
            order: OrderId::new(self.order_id),
            title: title(&self.title_id)?,
            title_name: self.title_name,
            runtime_minutes: self.runtime_minutes,
            holding: holding(&self.kind, self.start_window_hours, self.viewing_window_hours)?,
            granted_at_us: self.granted_at_us,
            started_at_us: self.started_at_us,
            ended_at_us: self.ended_at_us,
            position_seconds: self.position_seconds,
        })
    }
}
