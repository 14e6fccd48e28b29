//! What placing and reconciling orders share: the parts they work with, and the settling of a payment.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use payments::sandbox::Sandbox;
use payments::{PaymentProvider, PaymentReport, PaymentState, ProviderError, Providers};
use store::jobs::{Job, Jobs, NewJob};
use store::{Clock, Db, Ids, Tx, write_tx};
use tokio::sync::OwnedMutexGuard;
use tokio_util::task::TaskTracker;

use crate::catalogue::Offers;
use crate::customer::store::customers;
use crate::fault::{Fault, Result};
use crate::id::{CustomerId, EntitlementId, OrderId};
use crate::library::changes::Changes;
use crate::library::reminder::schedule_reminder;
use crate::library::store::entitlements;
use crate::limits::Limits;
use crate::order::booking::book_sale;
use crate::order::checkpoint::{Checkpoints, Moment, Step};
use crate::order::store::orders;
use crate::order::store::reservations;
use crate::order::{IdempotencyKey, Move, Order, OrderState};
use crate::payment;
use crate::payment::refund::RefundReason;

/// The kind of the job that tells a customer what became of an order. Its key is the order's id and `fulfilled`, or
/// `refund.` and a refund's id; its payload is the customer's id.
pub(crate) const ORDER_MAIL: &str = "order_mail";

pub(crate) struct Orders {
    pub(crate) db: Db,
    pub(crate) jobs: Jobs,
    pub(crate) changes: Changes,
    pub(crate) providers: Providers,
    pub(crate) sandbox: Option<Arc<Sandbox>>,
    pub(crate) catalogue: Offers,
    /// The address of the shop, without a slash at its end.
    pub(crate) public_url: String,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn Ids>,
    pub(crate) checkpoints: Arc<dyn Checkpoints>,
    pub(crate) limits: Limits,
    /// Where no other process works on the database: whatever was begun before this is abandoned, as its process is gone.
    pub(crate) abandoned_before_us: Option<i64>,
    pub(crate) turns: Turns,
    /// When orders were last looked up because their customers looked at them.
    pub(crate) looked_for_customers: moka::sync::Cache<OrderId, i64>,
    /// Orders that are being paid; they are waited for when the store closes.
    pub(crate) tasks: TaskTracker,
}

impl Orders {
    /// Takes a step, with a checkpoint on either side of it.
    pub(crate) async fn step<T>(&self, step: Step, work: impl Future<Output = T>) -> T {
        self.checkpoints.reached(step, Moment::Before);
        let outcome = work.await;
        self.checkpoints.reached(step, Moment::After);
        outcome
    }

    /// Waits for the provider, but not longer than it may take.
    pub(crate) async fn in_time<T>(&self, answer: impl Future<Output = payments::Result<T>>) -> payments::Result<T> {
        let deadline = self.limits.payment_deadline;
        let answer = tokio::time::timeout(deadline, answer).await;
        answer.unwrap_or(Err(ProviderError::Late(deadline)))
    }

    /// The sandbox, which can be paid at the press of a button.
    pub(crate) fn sandbox(&self) -> Result<&Sandbox> {
        self.sandbox.as_deref().ok_or(Fault::NoSandbox)
    }

    /// The provider through which an order is paid.
    pub(crate) fn provider_of(&self, order: &Order) -> payments::Result<&dyn PaymentProvider> {
        let name = &order.payment.provider;
        let missing = || ProviderError::Failed(format!("this store is not connected to the payment provider {name}"));
        self.providers.named(name).ok_or_else(missing)
    }

    /// Ends an order by what its payment has become; money without a place for an entitlement goes back. `job` is the one
    /// that looks after the order, where it is what ends it.
    pub(crate) async fn settle(&self, order: &Order, report: PaymentReport, job: Option<&Job>) -> Result<Order> {
        self.step(Step::Settle, self.write_outcome(order, &report, job)).await
    }

    /// Has the provider never take the money of an order, unless it has.
    pub(crate) async fn cancel_payment(&self, order: &Order) -> payments::Result<PaymentReport> {
        let (provider, payment) = (self.provider_of(order)?, order.payment_ref());
        self.step(Step::Cancel, self.in_time(provider.cancel(&payment))).await
    }

    /// Writes what the provider said, and the entitlements with it, in one transaction. Whoever comes second finds
    /// the order ended, and changes nothing.
    async fn write_outcome(&self, order: &Order, report: &PaymentReport, job: Option<&Job>) -> Result<Order> {
        let now_us = self.clock.now_us();
        write_tx!(self.db, read committed, |tx| -> Result<Order> {
            // The customer's other orders wait: what they hold is looked at and given in one step.
            customers::lock_any(tx, order.customer).await?;
            let found = orders::find(&mut *tx, order.customer, order.id).await?;
            let mut order = found.ok_or(Fault::OrderNotFound)?;
            // Once an order has ended, its titles are no longer reserved: money that comes all the same goes back.
            let is_late = !order.state.is_open();
            let has_place = !is_late && has_place(tx, &order, now_us).await?;
            let moves = order.conclude(&report.state, has_place)?;
            let is_unplaced = order.state == OrderState::Paid;
            if !moves.is_empty() || is_unplaced {
                let revision = self.changes.next_revision(tx, order.customer).await?;
                order.payment.keep_reference(report);
                payment::store::write(tx, order.customer, order.id, &order.payment).await?;
                if order.payment.state == PaymentState::Succeeded {
                    book_sale(tx, &order, now_us).await?;
                }
                self.write_moves(tx, &mut order, &moves, now_us, revision).await?;
                if is_unplaced {
                    let reason = if is_late { RefundReason::PaidTooLate } else { RefundReason::AlreadyHeld };
                    self.refund_unplaced(tx, &mut order, reason, now_us, revision).await?;
                }
                if !order.state.is_open() {
                    reservations::free(tx, &order).await?;
                    self.end_looks(tx, &order, job).await?;
                }
            }
            Ok(order)
        })
    }

    async fn write_moves(
        &self,
        tx: &mut Tx,
        order: &mut Order,
        moves: &[Move],
        now_us: i64,
        revision: i64,
    ) -> Result<()> {
        for step in moves {
            orders::make_move(tx, order, *step, revision).await?;
        }
        if order.state == OrderState::Fulfilled {
            let grant = |line| order.grant(line, EntitlementId::new(self.ids.next()), now_us);
            order.entitlements = order.lines.iter().map(grant).collect();
            for entitlement in &order.entitlements {
                entitlements::insert(tx, entitlement, revision).await?;
                schedule_reminder(&self.jobs, tx, entitlement).await?;
            }
            self.schedule_mail(tx, order, order.state.name(), now_us).await?;
        }
        Ok(())
    }

    /// Has the customer told what became of an order.
    pub(super) async fn schedule_mail(
        &self,
        tx: &mut Tx,
        order: &Order,
        about: &str,
        now_us: i64,
    ) -> std::result::Result<(), store::Error> {
        let mail = NewJob {
            kind: ORDER_MAIL,
            key: &format!("{}/{about}", order.id),
            payload: &order.customer.to_string(),
            run_at_us: now_us,
        };
        self.jobs.enqueue(tx, mail).await
    }
}

/// Whether all that an order would give is still missing.
async fn has_place(tx: &mut Tx, order: &Order, now_us: i64) -> Result<bool> {
    for line in &order.lines {
        let held = entitlements::of_title(&mut *tx, order.customer, &line.title).await?;
        if held.iter().any(|one| one.stands_against(line.holding.kind(), now_us)) {
            return Ok(false);
        }
    }
    Ok(true)
}

type Queue = tokio::sync::Mutex<()>;

/// Turns: of calls with the same customer and key, one works at a time, and the others find its answer. They only
/// save a refusal; between processes, and in truth, the database decides.
#[derive(Default)]
pub(crate) struct Turns(Mutex<HashMap<(CustomerId, IdempotencyKey), Weak<Queue>>>);

impl Turns {
    pub(crate) async fn take(&self, customer: CustomerId, key: &IdempotencyKey) -> OwnedMutexGuard<()> {
        let queue = {
            let mut queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            queues.retain(|_, queue| queue.strong_count() > 0);
            let waiting = queues.get(&(customer, key.clone())).and_then(Weak::upgrade);
            waiting.unwrap_or_else(|| {
                let queue = Arc::default();
                queues.insert((customer, key.clone()), Arc::downgrade(&queue));
                queue
            })
        };
        queue.lock_owned().await
    }
}
