//! What happens to an order whose customer pays by Pix: it waits with its code, is paid, or is given up.

use payments::NextAction;
use store::write_tx;

use crate::fault::{Fault, Result};
use crate::id::{CustomerId, OrderId};
use crate::order::orders::Orders;
use crate::order::store::open_orders;
use crate::order::store::orders;
use crate::order::{Order, OrderState};
use crate::payment;
use crate::time::duration_us;

impl Orders {
    /// Writes what an order waits for, unless that is written already: an order that waits is only read. The provider
    /// tells when it is paid; the reconciler asks at intervals all the same, and when the code expires.
    pub(crate) async fn await_payment(&self, order: &Order, action: &NextAction) -> Result<Order> {
        if order.next_action.as_ref() != Some(action) {
            let look_at_us = self.next_look_us(action);
            write_tx!(self.db, read committed, |tx| -> Result<()> {
                let revision = self.changes.next_revision(tx, order.customer).await?;
                Ok(open_orders::write_next_action(tx, order, action, look_at_us, revision).await?)
            })?;
        }
        Ok(Order {
            next_action: Some(action.clone()),
            ..order.clone()
        })
    }

    /// When the reconciler next asks about an order that waits for its customer.
    pub(crate) fn next_look_us(&self, action: &NextAction) -> i64 {
        let NextAction::ShowCode { expires_at_us, .. } = action;
        (self.clock.now_us() + duration_us(self.limits.pix_look)).min(*expires_at_us)
    }

    /// Ends an order that nobody has paid, at the provider first. One that has ended stays as it is, and one that turns
    /// out to be paid is fulfilled.
    pub(crate) async fn cancel(&self, customer: CustomerId, order: OrderId) -> Result<Order> {
        let order = self.find(customer, order).await?;
        if order.state != OrderState::Pending {
            return Ok(order);
        }
        let payment = self.cancel_payment(order.id).await?;
        self.settle(&order, payment).await
    }

    /// Pays an order in the sandbox, and learns of it at once, as from a provider that calls. Twice is once.
    pub(crate) async fn pay_in_sandbox(&self, customer: CustomerId, order: OrderId) -> Result<Order> {
        let sandbox = self.sandbox()?;
        let order = self.find(customer, order).await?;
        match order.state {
            OrderState::Pending if order.next_action.is_some() => {}
            OrderState::Paid | OrderState::Fulfilled => return Ok(order),
            _ => return Err(Fault::NothingToPay),
        }
        let payment = sandbox.pay(&payment::of_order(order.id)).await?;
        let settled = self.settle(&order, payment).await?;
        if settled.state == OrderState::Cancelled {
            return Err(Fault::NothingToPay);
        }
        Ok(settled)
    }

    /// Whose open order this is, for a tool that has only the order's id.
    pub(crate) async fn owner_of_open(&self, order: OrderId) -> Result<CustomerId> {
        match open_orders::owner_of_open(&self.db, order).await? {
            Some(owner) => Ok(owner),
            None if orders::exists(&self.db, order).await? => Err(Fault::NothingToPay),
            None => Err(Fault::OrderNotFound),
        }
    }

    async fn find(&self, customer: CustomerId, order: OrderId) -> Result<Order> {
        let found = orders::find(&self.db, customer, order).await?;
        found.ok_or(Fault::OrderNotFound)
    }
}
