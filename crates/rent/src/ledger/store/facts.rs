//! What the check of the ledger reads: orders with all that is booked of them, and the entries of providers.

use std::collections::HashSet;

use payments::{Currency, Money};
use sqlx::FromRow;
use store::{Db, Dialects, Error, List, fetch_all, fetch_one};
use uuid::Uuid;

use super::{Booked, BookedRow, collect};
use crate::id::{CustomerId, OrderId};
use crate::ledger::book::{NO_COUNTRY, Sale};
use crate::ledger::{Account, TransactionKind};
use crate::library::entitlement::Kind;
use crate::store::{corrupt, money};

/// A span of time; its beginning belongs to it, and its end does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) from_us: i64,
    pub(crate) until_us: i64,
}

/// What an order is, without regard to the ledger, and what the ledger has of it.
#[derive(Debug, Clone)]
pub(crate) struct OrderFacts {
    pub(crate) order: OrderId,
    pub(crate) customer: CustomerId,
    pub(crate) created_at_us: i64,
    /// Whether its provider took the money.
    pub(crate) is_paid: bool,
    pub(crate) charged: Money,
    pub(crate) sale: Sale,
    pub(crate) refunds: Vec<RefundFacts>,
    pub(crate) booked: Vec<Booked>,
}

#[derive(Debug, Clone)]
pub(crate) struct RefundFacts {
    pub(crate) id: Uuid,
    pub(crate) amount: Money,
    pub(crate) is_returned: bool,
}

#[derive(FromRow)]
struct OrderRow {
    order_id: Uuid,
    customer_id: Uuid,
    created_at_us: i64,
    currency_code: String,
    discount_minor: i64,
    tax_minor: i64,
    total_minor: i64,
    provider: String,
    state: String,
    amount_minor: i64,
}

#[derive(FromRow)]
struct RefundRow {
    order_id: Uuid,
    refund_id: Uuid,
    amount_minor: i64,
    currency_code: String,
    state: String,
}

#[derive(FromRow)]
struct OfOrderRow {
    order_id: Uuid,
    #[sqlx(flatten)]
    booked: BookedRow,
}

/// The next orders after an id, of those that were placed or refunded in a span, or of which something was booked in it.
/// All is read at one moment.
pub(crate) async fn orders(db: &Db, span: Span, after: Uuid, limit: i64) -> Result<Vec<OrderFacts>, Error> {
    const ORDERS: &str = "SELECT o.order_id, o.customer_id, o.created_at_us, o.currency_code, o.discount_minor, \
         o.tax_minor, o.total_minor, p.provider, p.state, p.amount_minor \
         FROM orders o JOIN payments p ON p.customer_id = o.customer_id AND p.payment_id = o.order_id \
         WHERE o.order_id > $3 AND (o.created_at_us >= $1 AND o.created_at_us < $2 \
         OR EXISTS (SELECT 1 FROM ledger_transactions t WHERE t.customer_id = o.customer_id \
                    AND t.order_id = o.order_id \
                    AND t.booked_at_us >= $1 AND t.booked_at_us < $2) \
         OR EXISTS (SELECT 1 FROM refunds r WHERE r.customer_id = o.customer_id AND r.order_id = o.order_id \
                    AND r.decided_at_us >= $1 AND r.decided_at_us < $2)) ORDER BY o.order_id LIMIT $4";
    const LINES: Dialects = Dialects {
        sqlite: "SELECT o.order_id, l.kind, l.price_minor FROM orders o JOIN order_lines l \
                 ON l.customer_id = o.customer_id AND l.order_id = o.order_id \
                 WHERE o.order_id IN (SELECT unhex(value) FROM json_each($1))",
        postgres: "SELECT o.order_id, l.kind, l.price_minor FROM orders o JOIN order_lines l \
                   ON l.customer_id = o.customer_id AND l.order_id = o.order_id WHERE o.order_id = ANY($1)",
    };
    const REFUNDS: Dialects = Dialects {
        sqlite: "SELECT o.order_id, r.refund_id, r.amount_minor, r.currency_code, r.state FROM orders o JOIN refunds r \
                 ON r.customer_id = o.customer_id AND r.order_id = o.order_id \
                 WHERE o.order_id IN (SELECT unhex(value) FROM json_each($1))",
        postgres: "SELECT o.order_id, r.refund_id, r.amount_minor, r.currency_code, r.state FROM orders o JOIN refunds r \
                   ON r.customer_id = o.customer_id AND r.order_id = o.order_id WHERE o.order_id = ANY($1)",
    };
    const BOOKED: Dialects = Dialects {
        sqlite: "SELECT t.order_id, t.kind, t.source_id, t.booked_at_us, e.account, e.currency_code, e.amount_minor \
                 FROM orders o \
                 JOIN ledger_transactions t ON t.customer_id = o.customer_id AND t.order_id = o.order_id \
                 LEFT JOIN ledger_entries e \
                 ON e.customer_id = t.customer_id AND e.kind = t.kind AND e.source_id = t.source_id \
                 WHERE o.order_id IN (SELECT unhex(value) FROM json_each($1)) ORDER BY t.kind, t.source_id, e.account",
        postgres: "SELECT t.order_id, t.kind, t.source_id, t.booked_at_us, e.account, e.currency_code, e.amount_minor \
                   FROM orders o \
                   JOIN ledger_transactions t ON t.customer_id = o.customer_id AND t.order_id = o.order_id \
                   LEFT JOIN ledger_entries e \
                   ON e.customer_id = t.customer_id AND e.kind = t.kind AND e.source_id = t.source_id \
                   WHERE o.order_id = ANY($1) ORDER BY t.kind, t.source_id, e.account",
    };
    let mut tx = db.begin_read().await?;
    let rows = fetch_all!(tx, OrderRow, ORDERS, span.from_us, span.until_us, after, limit)?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<_> = rows.iter().map(|row| row.order_id).collect();
    let lines = fetch_all!(tx, (Uuid, String, i64), LINES, List(&ids))?;
    let refunds = fetch_all!(tx, RefundRow, REFUNDS, List(&ids))?;
    let mut booked = fetch_all!(tx, OfOrderRow, BOOKED, List(&ids))?;
    let read = |row: OrderRow| {
        let own = lines.iter().filter(|(order, ..)| *order == row.order_id);
        let lines = own.map(|(_, kind, minor)| Ok((read_kind(kind)?, money(*minor, &row.currency_code)?)));
        let lines = lines.collect::<Result<_, Error>>()?;
        let own = refunds.iter().filter(|refund| refund.order_id == row.order_id);
        let refunds = own.map(RefundRow::read).collect::<Result<_, _>>()?;
        let own = booked.extract_if(.., |one| one.order_id == row.order_id);
        let booked = collect(own.map(|one| one.booked))?;
        row.read(lines, refunds, booked)
    };
    rows.into_iter().map(read).collect()
}

fn read_kind(name: &str) -> Result<Kind, Error> {
    let kind = [Kind::Rent, Kind::Buy].into_iter().find(|kind| kind.name() == name);
    kind.ok_or_else(|| corrupt("a kind", &name))
}

impl OrderRow {
    fn read(
        self,
        lines: Vec<(Kind, Money)>,
        refunds: Vec<RefundFacts>,
        booked: Vec<Booked>,
    ) -> Result<OrderFacts, Error> {
        let amount = |minor| money(minor, &self.currency_code);
        Ok(OrderFacts {
            order: OrderId::new(self.order_id),
            customer: CustomerId::new(self.customer_id),
            created_at_us: self.created_at_us,
            is_paid: self.state == "succeeded",
            charged: amount(self.amount_minor)?,
            sale: Sale {
                total: amount(self.total_minor)?,
                discount: amount(self.discount_minor)?,
                taxes: vec![(NO_COUNTRY.to_owned(), amount(self.tax_minor)?)],
                provider: self.provider,
                lines,
            },
            refunds,
            booked,
        })
    }
}

impl RefundRow {
    fn read(&self) -> Result<RefundFacts, Error> {
        Ok(RefundFacts {
            id: self.refund_id,
            amount: money(self.amount_minor, &self.currency_code)?,
            is_returned: self.state == "succeeded",
        })
    }
}

/// An entry, or the sum of some, with what it is of.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) order: OrderId,
    pub(crate) kind: TransactionKind,
    pub(crate) id: Uuid,
    pub(crate) account: Account,
    pub(crate) currency: Currency,
    pub(crate) minor: i64,
    pub(crate) booked_at_us: i64,
}

#[derive(FromRow)]
struct FoundRow {
    order_id: Uuid,
    kind: String,
    source_id: Uuid,
    account: String,
    currency_code: String,
    minor: i64,
    booked_at_us: i64,
}

impl FoundRow {
    fn read(self) -> Result<Found, Error> {
        let kind = TransactionKind::from_name(&self.kind);
        let currency = Currency::from_code(&self.currency_code);
        Ok(Found {
            order: OrderId::new(self.order_id),
            kind: kind.ok_or_else(|| corrupt("a kind of transaction", &self.kind))?,
            id: self.source_id,
            account: Account::named(self.account),
            currency: currency.ok_or_else(|| corrupt("a currency", &self.currency_code))?,
            minor: self.minor,
            booked_at_us: self.booked_at_us,
        })
    }
}

fn read_all(rows: Vec<FoundRow>) -> Result<Vec<Found>, Error> {
    rows.into_iter().map(FoundRow::read).collect()
}

/// Transactions of a span whose entries do not sum to zero, with what they leave. Their account has no name.
pub(crate) async fn unbalanced(db: &Db, span: Span, limit: i64) -> Result<Vec<Found>, Error> {
    const UNBALANCED: &str = "SELECT t.order_id, e.kind, e.source_id, '' AS account, e.currency_code, \
         CAST(SUM(e.amount_minor) AS BIGINT) AS minor, t.booked_at_us \
         FROM ledger_transactions t JOIN ledger_entries e \
         ON e.customer_id = t.customer_id AND e.kind = t.kind AND e.source_id = t.source_id \
         WHERE t.booked_at_us >= $1 AND t.booked_at_us < $2 \
         GROUP BY t.order_id, e.kind, e.source_id, e.currency_code, t.booked_at_us \
         HAVING SUM(e.amount_minor) <> 0 LIMIT $3";
    read_all(fetch_all!(
        db,
        FoundRow,
        UNBALANCED,
        span.from_us,
        span.until_us,
        limit
    )?)
}

/// When the first transaction was booked.
pub(crate) async fn first_booked_at_us(db: &Db) -> Result<Option<i64>, Error> {
    const FIRST: &str = "SELECT MIN(booked_at_us) FROM ledger_transactions";
    Ok(fetch_one!(db, (Option<i64>,), FIRST)?.0)
}

/// The next account by name, so that all are found without reading all entries.
pub(crate) async fn next_account(db: &Db, after: &str) -> Result<Option<String>, Error> {
    const NEXT: &str = "SELECT MIN(account) FROM ledger_entries WHERE account > $1";
    Ok(fetch_one!(db, (Option<String>,), NEXT, after)?.0)
}

/// The entries of an account that were booked in a span.
pub(crate) async fn of_account(db: &Db, account: &str, span: Span) -> Result<Vec<Found>, Error> {
    const OF_ACCOUNT: &str = "SELECT t.order_id, e.kind, e.source_id, e.account, e.currency_code, \
         e.amount_minor AS minor, e.booked_at_us \
         FROM ledger_entries e JOIN ledger_transactions t \
         ON t.customer_id = e.customer_id AND t.kind = e.kind AND t.source_id = e.source_id \
         WHERE e.account = $1 AND e.booked_at_us >= $2 AND e.booked_at_us < $3";
    read_all(fetch_all!(
        db,
        FoundRow,
        OF_ACCOUNT,
        account,
        span.from_us,
        span.until_us
    )?)
}

/// The entries of providers in transactions of a kind, by their sources.
pub(crate) async fn of_providers(db: &Db, kind: TransactionKind, ids: &[Uuid]) -> Result<Vec<Found>, Error> {
    const OF_PROVIDERS: Dialects = Dialects {
        sqlite: "SELECT t.order_id, e.kind, e.source_id, e.account, e.currency_code, e.amount_minor AS minor, \
                 e.booked_at_us FROM ledger_entries e \
                 JOIN ledger_transactions t \
                 ON t.customer_id = e.customer_id AND t.kind = e.kind AND t.source_id = e.source_id \
                 WHERE e.kind = $1 AND e.source_id IN (SELECT unhex(value) FROM json_each($2)) \
                 AND e.account LIKE 'provider:%'",
        postgres: "SELECT t.order_id, e.kind, e.source_id, e.account, e.currency_code, e.amount_minor AS minor, \
                   e.booked_at_us FROM ledger_entries e \
                   JOIN ledger_transactions t \
                   ON t.customer_id = e.customer_id AND t.kind = e.kind AND t.source_id = e.source_id \
                   WHERE e.kind = $1 AND e.source_id = ANY($2) AND e.account LIKE 'provider:%'",
    };
    read_all(fetch_all!(db, FoundRow, OF_PROVIDERS, kind.name(), List(ids))?)
}

/// Of these orders those that are not decided, and their refunds that the provider has not confirmed.
pub(crate) async fn unsettled(db: &Db, orders: &[Uuid]) -> Result<HashSet<Uuid>, Error> {
    const UNSETTLED: Dialects = Dialects {
        sqlite: "SELECT order_id FROM orders WHERE order_id IN (SELECT unhex(value) FROM json_each($1)) \
                 AND state IN ('pending', 'paid') UNION ALL SELECT r.refund_id FROM orders o JOIN refunds r \
                 ON r.customer_id = o.customer_id AND r.order_id = o.order_id \
                 WHERE o.order_id IN (SELECT unhex(value) FROM json_each($1)) AND r.state <> 'succeeded'",
        postgres: "SELECT order_id FROM orders WHERE order_id = ANY($1) AND state IN ('pending', 'paid') \
                   UNION ALL SELECT r.refund_id FROM orders o JOIN refunds r \
                   ON r.customer_id = o.customer_id AND r.order_id = o.order_id \
                   WHERE o.order_id = ANY($1) AND r.state <> 'succeeded'",
    };
    let rows = fetch_all!(db, (Uuid,), UNSETTLED, List(orders))?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}
