//! The reconciler: ends the orders that were left half done, by asking the provider what became of their charges.

use std::sync::Arc;

use futures::{StreamExt, stream};
use tokio_util::sync::CancellationToken;

use crate::checkpoint::Step;
use crate::fault::{Fault, Result};
use crate::id::{CustomerId, OrderId};
use crate::order::{Order, OrderState};
use crate::orders::Orders;
use crate::payment::{ChargeState, ProviderError};
use crate::store::orders::{self, Due};

/// Orders that are looked at side by side.
const AT_ONCE: usize = 8;

/// Finishes or undoes what a crash, or a provider that did not answer, left half done.
pub struct Reconciler {
    orders: Arc<Orders>,
}

impl Reconciler {
    pub(crate) fn new(orders: Arc<Orders>) -> Self {
        Self { orders }
    }

    /// Looks after orders at once and then at intervals, until it is cancelled; what it has begun it finishes.
    pub async fn run(&self, cancel: CancellationToken) {
        while !cancel.is_cancelled() {
            self.look_until(&cancel).await;
            let pause = tokio::time::sleep(self.orders.limits.reconcile_every);
            let _ = cancel.run_until_cancelled(pause).await;
        }
    }

    /// Looks once after every order that is due. What cannot be ended now is due again the next time.
    pub async fn look_after_orders(&self) {
        self.look_until(&CancellationToken::new()).await;
    }

    /// Batch by batch, to the last one: orders that cannot be ended yet must not stand before those that can.
    async fn look_until(&self, cancel: &CancellationToken) {
        let orders = &self.orders;
        let (now_us, limit) = (orders.clock.now_us(), orders.limits.reconcile_batch);
        let mut last = None;
        while !cancel.is_cancelled() {
            let due = orders::due(&orders.db, now_us, orders.abandoned_before_us, last.as_ref(), limit).await;
            let mut due = match due {
                Ok(due) if due.is_empty() => return,
                Ok(due) => due,
                Err(error) => return tracing::warn!(%error, "the orders to reconcile could not be read"),
            };
            let look = async |one: &Due| {
                if let Err(fault) = self.look_after(one.customer, one.order).await {
                    tracing::warn!(order = %one.order, ?fault, "an order could not be reconciled");
                }
            };
            stream::iter(&due).for_each_concurrent(AT_ONCE, look).await;
            last = due.pop();
        }
    }

    async fn look_after(&self, customer: CustomerId, order: OrderId) -> Result<()> {
        let orders = &self.orders;
        let found = orders::find(&orders.db, customer, order).await?;
        let order = found.ok_or(Fault::OrderNotFound)?;
        let charge = match order.state {
            OrderState::Pending => self.decided(&order).await?,
            OrderState::Paid => {
                orders
                    .step(Step::Refund, orders.in_time(orders.provider.refund(order.id)))
                    .await?
            }
            _ => return Ok(()),
        };
        match charge {
            ChargeState::Unknown => return Ok(()),
            ChargeState::Awaiting(code) => {
                orders.step(Step::Leave, orders.await_payment(&order, &code)).await?;
                return Ok(());
            }
            _ => {}
        }
        let settled = orders.settle(&order, charge).await?;
        if settled.state != order.state {
            tracing::info!(order = %order.id, state = settled.state.name(), "an order was reconciled");
        }
        Ok(())
    }

    /// What became of the charge. One that the provider does not know by the time it lapses, or whose process is gone,
    /// or that nobody has paid in time, is made impossible there first: only then may the order's titles be ordered again.
    async fn decided(&self, order: &Order) -> std::result::Result<ChargeState, ProviderError> {
        let orders = &self.orders;
        let found = orders
            .step(Step::LookUp, orders.in_time(orders.provider.look_up(order.id)))
            .await?;
        let now_us = orders.clock.now_us();
        let is_given_up = match &found {
            ChargeState::Unknown => order.lapses_at_us <= now_us || order.created_at_us < orders.abandoned_before_us,
            ChargeState::Awaiting(code) => code.expires_at_us <= now_us,
            _ => false,
        };
        if is_given_up {
            return orders
                .step(Step::Cancel, orders.in_time(orders.provider.cancel(order.id)))
                .await;
        }
        Ok(found)
    }
}
