//! The SQL of the ledger. Its tables refuse every change of what is booked.

pub(crate) mod facts;

use payments::Currency;
use sqlx::FromRow;
use store::{Error, Source as Rows, Tx, execute, fetch_all, insert_many};
use uuid::Uuid;

use super::{Account, Entry, Source, Transaction, TransactionKind};
use crate::id::{CustomerId, OrderId};
use crate::store::corrupt;

/// Books a transaction. False, and nothing is changed, if there is one of its kind and source.
pub(crate) async fn book(tx: &mut Tx, transaction: &Transaction, now_us: i64) -> Result<bool, Error> {
    const BOOK: &str = "INSERT INTO ledger_transactions (kind, source_id, customer_id, order_id, booked_at_us) \
                        VALUES ($1, $2, $3, $4, $5) ON CONFLICT (customer_id, kind, source_id) DO NOTHING";
    let Source {
        kind,
        id,
        customer,
        order,
    } = transaction.source();
    if execute!(tx, BOOK, kind.name(), id, customer.uuid(), order.uuid(), now_us)? == 0 {
        return Ok(false);
    }
    insert_many!(
        tx,
        "INSERT INTO ledger_entries (customer_id, kind, source_id, account, currency_code, \
        amount_minor, booked_at_us) VALUES",
        transaction.entries(),
        |entry| [
            customer.uuid(),
            kind.name(),
            id,
            entry.account.name(),
            entry.currency.code(),
            entry.minor,
            now_us,
        ]
    )?;
    Ok(true)
}

/// A transaction as it is stored, which may be one that the program would not build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Booked {
    pub(crate) kind: TransactionKind,
    pub(crate) id: Uuid,
    pub(crate) at_us: i64,
    pub(crate) entries: Vec<Entry>,
}

#[derive(FromRow)]
struct BookedRow {
    kind: String,
    source_id: Uuid,
    booked_at_us: i64,
    account: Option<String>,
    currency_code: Option<String>,
    amount_minor: Option<i64>,
}

/// All that is booked of an order, by kind and source.
pub(crate) async fn of_order(mut on: impl Rows, customer: CustomerId, order: OrderId) -> Result<Vec<Booked>, Error> {
    const OF_ORDER: &str = "SELECT t.kind, t.source_id, t.booked_at_us, e.account, e.currency_code, e.amount_minor \
         FROM ledger_transactions t LEFT JOIN ledger_entries e \
         ON e.customer_id = t.customer_id AND e.kind = t.kind AND e.source_id = t.source_id \
         WHERE t.customer_id = $1 AND t.order_id = $2 ORDER BY t.kind, t.source_id, e.account";
    collect(fetch_all!(on, BookedRow, OF_ORDER, customer.uuid(), order.uuid())?)
}

/// Puts the entries of each transaction together; they come one after another.
fn collect(rows: impl IntoIterator<Item = BookedRow>) -> Result<Vec<Booked>, Error> {
    let mut booked: Vec<Booked> = Vec::new();
    for row in rows {
        let kind = TransactionKind::from_name(&row.kind);
        let kind = kind.ok_or_else(|| corrupt("a kind of transaction", &row.kind))?;
        if booked
            .last()
            .is_none_or(|last| (last.kind, last.id) != (kind, row.source_id))
        {
            booked.push(Booked {
                kind,
                id: row.source_id,
                at_us: row.booked_at_us,
                entries: Vec::new(),
            });
        }
        if let Some((last, entry)) = booked.last_mut().zip(row.entry()?) {
            last.entries.push(entry);
        }
    }
    Ok(booked)
}

impl BookedRow {
    /// None of a transaction that moved nothing.
    fn entry(self) -> Result<Option<Entry>, Error> {
        let Some(((account, code), minor)) = self.account.zip(self.currency_code).zip(self.amount_minor) else {
            return Ok(None);
        };
        let currency = Currency::from_code(&code).ok_or_else(|| corrupt("a currency", &code))?;
        Ok(Some(Entry {
            account: Account::named(account),
            currency,
            minor,
        }))
    }
}
