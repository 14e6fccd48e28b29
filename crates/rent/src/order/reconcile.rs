//! Reconciliation: the orders that were left half done are ended by asking the provider what became of their payments.
//!
//! An open order has a job of [`store::jobs`], which the transaction that writes the order enqueues, and the one that ends
//! the order takes away. It runs for the first time when the call that places the order should have ended by itself.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use payments::{PaymentReport, PaymentState};
use store::Tx;
use store::jobs::{Effect, Failure, Handler, Job, NewJob, Retries, Worker};
use tokio_util::sync::CancellationToken;

use crate::fault::{Fault, Result};
use crate::id::{CustomerId, OrderId};
use crate::ledger::nightly;
use crate::order::checkpoint::Step;
use crate::order::orders::Orders;
use crate::order::return_money::{RETURN_MONEY, ReturnMoney};
use crate::order::store::orders;
use crate::order::{Order, OrderState};
use crate::time::duration_us;

/// The kind of the job that looks after an open order. Its key is the order's id, and its payload the customer's id.
const RECONCILE_ORDER: &str = "reconcile_order";

impl Orders {
    /// Has an order looked after at a time, in place of the one that was set before.
    pub(crate) async fn schedule_look(
        &self,
        tx: &mut Tx,
        order: &Order,
        run_at_us: i64,
    ) -> std::result::Result<(), store::Error> {
        let look = NewJob {
            kind: RECONCILE_ORDER,
            key: &order.id.to_string(),
            payload: &order.customer.to_string(),
            run_at_us,
        };
        self.jobs.replace(tx, look).await
    }

    /// Takes away the job of an order that has ended. Where that job itself ends the order, a worker that has lost it ends
    /// nothing.
    pub(crate) async fn end_looks(
        &self,
        tx: &mut Tx,
        order: &Order,
        job: Option<&Job>,
    ) -> std::result::Result<(), store::Error> {
        match job {
            Some(job) => self.jobs.complete_in(tx, job).await,
            None => self.jobs.withdraw(tx, RECONCILE_ORDER, &order.id.to_string()).await,
        }
    }

    /// When what has waited since a moment is looked at again: after as long as it has waited, within limits, and when it may be
    /// given up. So one that waits for days is hardly ever written.
    pub(crate) fn next_look_us(&self, since_us: i64, given_up_at_us: i64) -> i64 {
        let (now_us, limits) = (self.clock.now_us(), &self.limits);
        let (shortest_us, longest_us) = (duration_us(limits.look_pause), duration_us(limits.longest_look_pause));
        let look_at_us = now_us + (now_us - since_us).clamp(shortest_us, longest_us);
        if given_up_at_us > now_us {
            return look_at_us.min(given_up_at_us);
        }
        look_at_us
    }
}

/// Finishes or undoes what a crash, or a provider that did not answer, left half done. It has a worker of its own, so that
/// neither a provider nor a mail server that hangs holds up what waits for the other.
pub struct Reconciler {
    orders: Arc<Orders>,
    worker: Worker,
}

impl Reconciler {
    pub(crate) fn new(orders: Arc<Orders>) -> Self {
        let handler: Arc<dyn Handler> = Arc::new(Reconciliation(Arc::clone(&orders)));
        let returns: Arc<dyn Handler> = Arc::new(ReturnMoney(Arc::clone(&orders)));
        let handlers = vec![handler, returns];
        let worker = Worker::new(orders.jobs.clone(), handlers, orders.limits.reconciling.clone());
        Self { orders, worker }
    }

    /// Looks after orders as they are due, until it is cancelled; what it has begun it finishes.
    pub async fn run(&self, cancel: CancellationToken) {
        if let Err(error) = self.take_up_open_orders().await {
            tracing::warn!(%error, "the orders that were left open are looked at when they are due");
        }
        let orders = &self.orders;
        if let Err(error) = nightly::schedule(&orders.jobs, &orders.db, orders.clock.now_us()).await {
            tracing::warn!(%error, "the ledger is checked at night once the store has started again");
        }
        self.worker.run(cancel).await;
    }

    /// Has the only process look at once at all that the one before it left open, that which it had leased included. Where
    /// others work beside this one, they are given their time.
    pub async fn take_up_open_orders(&self) -> std::result::Result<(), store::Error> {
        match self.orders.abandoned_before_us {
            Some(_) => {
                self.orders.jobs.make_due(RECONCILE_ORDER).await?;
                self.orders.jobs.make_due(RETURN_MONEY).await
            }
            None => Ok(()),
        }
    }

    /// Looks after every order that is due now.
    pub async fn run_due(&self) -> std::result::Result<(), store::Error> {
        self.worker.run_due().await
    }
}

/// Looks after one order.
struct Reconciliation(Arc<Orders>);

#[async_trait]
impl Handler for Reconciliation {
    fn kind(&self) -> &'static str {
        RECONCILE_ORDER
    }

    fn retries(&self) -> Retries {
        self.0.limits.reconcile_retries
    }

    fn longest_wait(&self) -> Option<Duration> {
        let limits = &self.0.limits;
        Some(limits.longest_look_pause.max(limits.payment()))
    }

    async fn run(&self, job: &Job) -> std::result::Result<Effect, Failure> {
        let ids = CustomerId::parse(&job.payload).zip(OrderId::parse(&job.key));
        let (customer, order) = ids.ok_or_else(|| {
            let Job { key, payload, .. } = job;
            Failure::new(format_args!("{key:?} of {payload:?} names no order and no customer"))
        })?;
        let looked = self.look_after(job, customer, order).await;
        // What a fault displays is for customers; staff need its cause.
        looked.map_err(|fault| Failure::new(fault.private().unwrap_or_else(|| fault.to_string())))
    }
}

impl Reconciliation {
    async fn look_after(&self, job: &Job, customer: CustomerId, order: OrderId) -> Result<Effect> {
        let orders = &self.0;
        let found = orders::find(&orders.db, customer, order).await?;
        let order = found.ok_or(Fault::OrderNotFound)?;
        let report = match order.state {
            OrderState::Pending => self.decided(&order).await?,
            OrderState::Paid => PaymentState::Succeeded.into(),
            // A call that the provider answered late has left an order that had ended by then, or the provider tells of a
            // payment that came after the end.
            OrderState::Declined | OrderState::Cancelled => {
                let report = self.look_up(&order).await?;
                if report.state != PaymentState::Succeeded {
                    return Ok(Effect::Elsewhere);
                }
                report
            }
            OrderState::Fulfilled | OrderState::Refunded => return Ok(Effect::Elsewhere),
        };
        let next_look = |given_up_at_us| Effect::Postponed {
            until_us: orders.next_look_us(order.created_at_us, given_up_at_us),
        };
        match &report.state {
            PaymentState::Pending => return Ok(next_look(order.lapses_at_us)),
            PaymentState::NeedsAction(action) if order.payment.next_action() == Some(action) => {
                return Ok(next_look(action.expires_at_us()));
            }
            PaymentState::NeedsAction(_) => {
                orders.step(Step::Leave, orders.await_payment(&order, &report)).await?;
                return Ok(Effect::Committed);
            }
            _ => {}
        }
        let settled = orders.settle(&order, report, Some(job)).await?;
        if settled.state.is_open() {
            return Ok(next_look(order.lapses_at_us));
        }
        tracing::info!(order = %order.id, state = settled.state.name(), "an order was reconciled");
        Ok(Effect::Committed)
    }

    /// What became of the payment. One that the provider has not decided by the time it lapses, or whose process is gone,
    /// or that nobody has paid in time, is made impossible there first: only then may the order's titles be ordered again.
    async fn decided(&self, order: &Order) -> payments::Result<PaymentReport> {
        let orders = &self.0;
        let found = self.look_up(order).await?;
        let now_us = orders.clock.now_us();
        let is_abandoned = || {
            orders
                .abandoned_before_us
                .is_some_and(|before_us| order.created_at_us < before_us)
        };
        let is_given_up = match &found.state {
            PaymentState::Pending => order.lapses_at_us <= now_us || is_abandoned(),
            PaymentState::NeedsAction(action) => action.expires_at_us() <= now_us,
            _ => false,
        };
        if is_given_up {
            return orders.cancel_payment(order).await;
        }
        Ok(found)
    }

    async fn look_up(&self, order: &Order) -> payments::Result<PaymentReport> {
        let orders = &self.0;
        let (provider, payment) = (orders.provider_of(order)?, order.payment_ref());
        orders
            .step(Step::LookUp, orders.in_time(provider.look_up(&payment)))
            .await
    }
}
