//! The reconciler: ends the orders that were left half done, by asking the provider what became of their payments.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use futures::{StreamExt, stream};
use payments::{NextAction, PaymentState};
use tokio_util::sync::CancellationToken;

use crate::fault::{Fault, Result};
use crate::id::{CustomerId, OrderId};
use crate::order::checkpoint::Step;
use crate::order::orders::Orders;
use crate::order::store::orders::{self, Due};
use crate::order::{Order, OrderState};
use crate::payment;
use crate::time::duration_us;

/// Finishes or undoes what a crash, or a provider that did not answer, left half done.
pub struct Reconciler {
    orders: Arc<Orders>,
    schedule: Schedule,
}

impl Reconciler {
    pub(crate) fn new(orders: Arc<Orders>) -> Self {
        let schedule = Schedule::default();
        Self { orders, schedule }
    }

    /// Looks after orders at once and then at intervals, until it is cancelled; what it has begun it finishes.
    pub async fn run(&self, cancel: CancellationToken) {
        while !cancel.is_cancelled() {
            self.pass(&cancel).await;
            let pause = tokio::time::sleep(self.orders.limits.reconcile_every);
            let _ = cancel.run_until_cancelled(pause).await;
        }
    }

    /// Looks once after every order that is due. What cannot be ended now is due again later.
    pub async fn look_after_orders(&self) {
        self.pass(&CancellationToken::new()).await;
    }

    /// Goes once through the orders that are due at its beginning, batch by batch, each order once: an order that
    /// cannot be ended yet neither precedes those that can, nor comes again in the same pass.
    async fn pass(&self, cancel: &CancellationToken) {
        let orders = &self.orders;
        let (now_us, limit) = (orders.clock.now_us(), orders.limits.reconcile_batch);
        let mut last = None;
        let mut open = HashSet::new();
        loop {
            if cancel.is_cancelled() {
                return;
            }
            let due = orders::due(&orders.db, now_us, orders.abandoned_before_us, last.as_ref(), limit).await;
            let mut due = match due {
                Ok(due) if due.is_empty() => break,
                Ok(due) => due,
                Err(error) => return tracing::warn!(%error, "the orders to reconcile could not be read"),
            };
            let ready = due.iter().filter(|one| open.insert(one.order));
            let ready: Vec<_> = ready.filter(|one| self.schedule.is_due(one.order, now_us)).collect();
            let at_once = orders.limits.reconcile_at_once;
            stream::iter(ready)
                .for_each_concurrent(at_once, |one| self.look_after(one))
                .await;
            last = due.pop();
        }
        self.schedule.keep(&open);
    }

    async fn look_after(&self, due: &Due) {
        let next = self.reconcile(due.customer, due.order).await;
        if let Err(fault) = &next {
            tracing::warn!(order = %due.order, ?fault, "an order could not be reconciled");
        }
        self.schedule.put(due.order, next.unwrap_or(Next::Failed), &self.orders);
    }

    async fn reconcile(&self, customer: CustomerId, order: OrderId) -> Result<Next> {
        let orders = &self.orders;
        let found = orders::find(&orders.db, customer, order).await?;
        let order = found.ok_or(Fault::OrderNotFound)?;
        let payment = match order.state {
            OrderState::Pending => self.decided(&order).await?,
            OrderState::Paid => orders.refund(order.id).await?,
            _ => return Ok(Next::Pass),
        };
        match payment {
            PaymentState::Pending => return Ok(Next::Pass),
            PaymentState::NeedsAction(action) => {
                orders.step(Step::Leave, orders.await_payment(&order, &action)).await?;
                return Ok(Next::At(orders.next_look_us(&action)));
            }
            _ => {}
        }
        let settled = orders.settle(&order, payment).await?;
        if settled.state != order.state {
            tracing::info!(order = %order.id, state = settled.state.name(), "an order was reconciled");
        }
        Ok(Next::Pass)
    }

    /// What became of the payment. One that the provider has not decided by the time it lapses, or whose process is gone,
    /// or that nobody has paid in time, is made impossible there first: only then may the order's titles be ordered again.
    async fn decided(&self, order: &Order) -> payments::Result<PaymentState> {
        let orders = &self.orders;
        let payment = payment::of_order(order.id);
        let found = orders
            .step(Step::LookUp, orders.in_time(orders.provider.look_up(&payment)))
            .await?;
        let now_us = orders.clock.now_us();
        let is_given_up = match &found {
            PaymentState::Pending => order.lapses_at_us <= now_us || order.created_at_us < orders.abandoned_before_us,
            PaymentState::NeedsAction(NextAction::ShowCode { expires_at_us, .. }) => *expires_at_us <= now_us,
            _ => false,
        };
        if is_given_up {
            return orders.cancel_payment(order.id).await;
        }
        Ok(found)
    }
}

/// When an order is looked at again.
#[derive(Debug, Clone, Copy)]
enum Next {
    /// In the next pass, if it is still open.
    Pass,
    At(i64),
    /// In the next pass, and after another failure following a pause that doubles each time.
    Failed,
}

/// When this process looks again at the orders that it could not end. It is kept in memory, so that an order that waits
/// for days is not written once: a process that starts looks at each at once.
#[derive(Default)]
struct Schedule(Mutex<HashMap<OrderId, Scheduled>>);

#[derive(Default)]
struct Scheduled {
    look_at_us: i64,
    failures: u32,
}

impl Schedule {
    fn is_due(&self, order: OrderId, now_us: i64) -> bool {
        self.entries().get(&order).is_none_or(|one| one.look_at_us <= now_us)
    }

    fn put(&self, order: OrderId, next: Next, orders: &Orders) {
        let mut entries = self.entries();
        match next {
            Next::Pass => {
                entries.remove(&order);
            }
            Next::At(look_at_us) => {
                let failures = 0;
                entries.insert(order, Scheduled { look_at_us, failures });
            }
            Next::Failed => {
                let one = entries.entry(order).or_default();
                let limits = &orders.limits;
                let doubled = |times: u32| limits.reconcile_every.saturating_mul(1 << times.min(16));
                let pause = one.failures.checked_sub(1).map(doubled).unwrap_or_default();
                one.look_at_us = orders.clock.now_us() + duration_us(pause.min(limits.reconcile_pause));
                one.failures += 1;
            }
        }
    }

    /// Forgets the orders that are no longer open.
    fn keep(&self, open: &HashSet<OrderId>) {
        self.entries().retain(|order, _| open.contains(order));
    }

    fn entries(&self) -> std::sync::MutexGuard<'_, HashMap<OrderId, Scheduled>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
