//! What happens to an order that its customer has to pay by an action of theirs, with a code or on a page of the
//! provider: it waits, is paid, or is given up.

use payments::{PaymentReport, PaymentState};
use store::write_tx;

use crate::customer::store::customers;
use crate::fault::{Fault, Result};
use crate::id::{CustomerId, OrderId};
use crate::order::orders::Orders;
use crate::order::store::open_orders;
use crate::order::store::orders;
use crate::order::{Order, OrderState};
use crate::payment;

impl Orders {
    /// Writes what an order waits for, unless that is written already. The provider tells when it is paid; the reconciler
    /// asks at intervals all the same, and when the code expires.
    pub(crate) async fn await_payment(&self, order: &Order, report: &PaymentReport) -> Result<Order> {
        write_tx!(self.db, read committed, |tx| -> Result<Order> {
            // The order may have ended while the provider answered: it then stays as it is.
            customers::lock_any(tx, order.customer).await?;
            let found = orders::find(&mut *tx, order.customer, order.id).await?;
            let mut order = found.ok_or(Fault::OrderNotFound)?;
            if order.state == OrderState::Pending && order.payment.state != report.state {
                order.payment.take_over(report);
                let revision = self.changes.next_revision(tx, order.customer).await?;
                payment::store::write(tx, order.customer, order.id, &order.payment).await?;
                open_orders::await_customer(tx, &order, revision).await?;
                if let Some(action) = order.payment.next_action() {
                    let look_at_us = self.next_look_us(order.created_at_us, action.expires_at_us());
                    self.schedule_look(tx, &order, look_at_us).await?;
                }
            }
            Ok(order)
        })
    }

    /// Ends an order that nobody has paid, at the provider first. One that has ended stays as it is, and one that turns
    /// out to be paid is fulfilled.
    pub(crate) async fn cancel(&self, customer: CustomerId, order: OrderId) -> Result<Order> {
        let order = self.find(customer, order).await?;
        if order.state != OrderState::Pending {
            return Ok(order);
        }
        let report = self.cancel_payment(&order).await?;
        self.settle(&order, report, None).await
    }

    /// Pays an order in the sandbox, and learns of it at once, as from a provider that calls. Twice is once.
    pub(crate) async fn pay_in_sandbox(&self, customer: CustomerId, order: OrderId) -> Result<Order> {
        let sandbox = self.sandbox()?;
        let order = self.find(customer, order).await?;
        match order.state {
            OrderState::Pending if order.payment.next_action().is_some() => {}
            OrderState::Paid | OrderState::Fulfilled => return Ok(order),
            _ => return Err(Fault::NothingToPay),
        }
        let state: PaymentState = sandbox.pay(&order.payment_ref()).await?;
        let settled = self.settle(&order, state.into(), None).await?;
        if settled.state == OrderState::Cancelled {
            return Err(Fault::NothingToPay);
        }
        Ok(settled)
    }

    /// Whose open order this is, for a tool that has only the order's id.
    pub(crate) async fn owner_of_open(&self, order: OrderId) -> Result<CustomerId> {
        match open_orders::owner_of_open(&self.db, order).await? {
            Some(owner) => Ok(owner),
            None if orders::owner(&self.db, order).await?.is_some() => Err(Fault::NothingToPay),
            None => Err(Fault::OrderNotFound),
        }
    }

    async fn find(&self, customer: CustomerId, order: OrderId) -> Result<Order> {
        let found = orders::find(&self.db, customer, order).await?;
        found.ok_or(Fault::OrderNotFound)
    }
}
