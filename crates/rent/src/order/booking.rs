//! What an order books in the ledger, in the transaction that makes it true.

use store::Tx;

use crate::fault::{Fault, Result};
use crate::ledger::book::{Balance, NO_COUNTRY, Sale, returned};
use crate::ledger::store::{book, of_order};
use crate::ledger::{Source, TransactionKind};
use crate::order::Order;
use crate::payment::refund::Refund;

impl Order {
    /// Its money, as its bill has it.
    fn sale(&self) -> Sale {
        Sale {
            provider: self.payment.provider.clone(),
            total: self.bill.total,
            discount: self.bill.discount,
            taxes: vec![(NO_COUNTRY.to_owned(), self.bill.tax)],
            lines: self
                .lines
                .iter()
                .map(|line| (line.holding.kind(), line.price))
                .collect(),
        }
    }

    fn source(&self, kind: TransactionKind, id: uuid::Uuid) -> Source {
        Source {
            kind,
            id,
            customer: self.customer,
            order: self.id,
        }
    }
}

/// Books that the provider took the money of an order. Twice is once.
pub(super) async fn book_sale(tx: &mut Tx, order: &Order, now_us: i64) -> Result<()> {
    // The payment has the order's id.
    let source = order.source(TransactionKind::Sale, order.id.uuid());
    let sale = order.sale().book(source).map_err(Fault::internal)?;
    book(tx, &sale, now_us).await?;
    Ok(())
}

/// Books that money of an order goes back, by what is left of its sale. Twice is once.
pub(super) async fn book_refund(tx: &mut Tx, order: &Order, refund: &Refund) -> Result<()> {
    // An earlier version of the program may have sold it and booked nothing.
    book_sale(tx, order, refund.decided_at_us).await?;
    let booked = of_order(&mut *tx, order.customer, order.id).await?;
    let is_this = |kind, id| kind == TransactionKind::Refund && id == refund.id.uuid();
    if booked.iter().any(|one| is_this(one.kind, one.id)) {
        return Ok(());
    }
    let balance = Balance::of(booked.iter().flat_map(|one| &one.entries));
    let source = order.source(TransactionKind::Refund, refund.id.uuid());
    let transaction = balance.refund(source, refund.amount).map_err(Fault::internal)?;
    book(tx, &transaction, refund.decided_at_us).await?;
    Ok(())
}

/// Books that the provider has returned a refund. Twice is once.
pub(super) async fn book_returned(tx: &mut Tx, order: &Order, refund: &Refund, now_us: i64) -> Result<()> {
    book_refund(tx, order, refund).await?;
    let source = order.source(TransactionKind::RefundPaid, refund.id.uuid());
    let transaction = returned(source, &order.payment.provider, refund.amount).map_err(Fault::internal)?;
    book(tx, &transaction, now_us).await?;
    Ok(())
}
