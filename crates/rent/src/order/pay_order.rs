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

impl Orders {
    /// Writes what an order waits for, unless that is written already. The provider tells when it is paid; the reconciler
    /// asks at intervals all the same, and when the code expires.
    pub(crate) async fn await_payment(&self, order: &Order, action: &NextAction) -> Result<Order> {
        if order.next_action.as_ref() != Some(action) {
            let NextAction::ShowCode { expires_at_us, .. } = action;
            let look_at_us = self.next_look_us(order, *expires_at_us);
            write_tx!(self.db, read committed, |tx| -> Result<()> {
                let revision = self.changes.next_revision(tx, order.customer).await?;
                open_orders::write_next_action(tx, order, action, revision).await?;
                Ok(self.schedule_look(tx, order, look_at_us).await?)
            })?;
        }
        Ok(Order {
            next_action: Some(action.clone()),
            ..order.clone()
        })
    }

    /// Ends an order that nobody has paid, at the provider first. One that has ended stays as it is, and one that turns
    /// out to be paid is fulfilled.
    pub(crate) async fn cancel(&self, customer: CustomerId, order: OrderId) -> Result<Order> {
        let order = self.find(customer, order).await?;
        if order.state != OrderState::Pending {
            return Ok(order);
        }
        let payment = self.cancel_payment(order.id).await?;
        self.settle(&order, payment, None).await
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
        let settled = self.settle(&order, payment, None).await?;
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
