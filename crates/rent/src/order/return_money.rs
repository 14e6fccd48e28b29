//! Returning money: the job that has the provider return what was decided, until the provider confirms it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use payments::{RefundRequest, RefundState};
use store::jobs::{Effect, Failure, Handler, Job, NewJob, Retries};
use store::{Tx, write_tx};

use crate::customer::store::customers;
use crate::fault::{Fault, Result};
use crate::id::{CustomerId, RefundId};
use crate::order::Order;
use crate::order::booking::book_returned;
use crate::order::checkpoint::Step;
use crate::order::orders::Orders;
use crate::order::store::orders;
use crate::payment::refund::Refund;
use crate::payment::store as payments_store;

/// The kind of the job. Its key is the refund's id, and its payload the customer's.
pub(super) const RETURN_MONEY: &str = "return_money";

impl Orders {
    pub(super) async fn schedule_return(
        &self,
        tx: &mut Tx,
        order: &Order,
        refund: &Refund,
        run_at_us: i64,
    ) -> std::result::Result<(), store::Error> {
        let job = NewJob {
            kind: RETURN_MONEY,
            key: &refund.id.to_string(),
            payload: &order.customer.to_string(),
            run_at_us,
        };
        self.jobs.replace(tx, job).await
    }
}

/// Returns the money of one refund.
pub(super) struct ReturnMoney(pub(super) Arc<Orders>);

#[async_trait]
impl Handler for ReturnMoney {
    fn kind(&self) -> &'static str {
        RETURN_MONEY
    }

    /// While the provider does not answer, it is asked again: the customer has a right to this money.
    fn retries(&self) -> Retries {
        self.0.limits.reconcile_retries
    }

    fn longest_wait(&self) -> Option<Duration> {
        Some(self.0.limits.longest_look_pause)
    }

    async fn run(&self, job: &Job) -> std::result::Result<Effect, Failure> {
        let ids = CustomerId::parse(&job.payload).zip(RefundId::parse(&job.key));
        let (customer, refund) = ids.ok_or_else(|| {
            let Job { key, payload, .. } = job;
            Failure::new(format_args!("{key:?} of {payload:?} names no refund and no customer"))
        })?;
        let returned = self.return_money(job, customer, refund).await;
        match returned.map_err(|fault| Failure::new(fault.private().unwrap_or_else(|| fault.to_string())))? {
            Returned::Done(effect) => Ok(effect),
            // It will not become another answer by itself, so staff see it at once.
            Returned::Refused(why) => Err(Failure::lasting(why, 1)),
        }
    }
}

enum Returned {
    Done(Effect),
    Refused(String),
}

impl ReturnMoney {
    async fn return_money(&self, job: &Job, customer: CustomerId, refund: RefundId) -> Result<Returned> {
        let orders = &self.0;
        let found = payments_store::find_refund(&orders.db, customer, refund).await?;
        let (order, refund) = found.ok_or(Fault::OrderNotFound)?;
        if refund.state == RefundState::Succeeded {
            return Ok(Returned::Done(Effect::Elsewhere));
        }
        let found = orders::find(&orders.db, customer, order).await?;
        let order = found.ok_or(Fault::OrderNotFound)?;
        let request = RefundRequest {
            id: refund.id.uuid(),
            amount: refund.amount,
        };
        let payment = order.payment_ref();
        let asked = orders.in_time(orders.provider_of(&order)?.refund(&payment, &request));
        let state = orders.step(Step::Refund, asked).await?;
        let is_done = state == RefundState::Succeeded;
        if state != refund.state {
            orders
                .write_refund_state(&order, &refund, &state, is_done.then_some(job))
                .await?;
        }
        Ok(match state {
            RefundState::Succeeded => {
                tracing::info!(order = %order.id, refund = %refund.id, "a refund was returned");
                Returned::Done(Effect::Committed)
            }
            RefundState::Pending => Returned::Done(Effect::Postponed {
                until_us: orders.next_look_us(refund.decided_at_us, i64::MAX),
            }),
            RefundState::Failed(why) => Returned::Refused(format!("the provider does not return the money: {why}")),
        })
    }
}

impl Orders {
    /// Writes what became of a refund, and completes its job with it.
    async fn write_refund_state(
        &self,
        order: &Order,
        refund: &Refund,
        state: &RefundState,
        job: Option<&Job>,
    ) -> Result<()> {
        let now_us = self.clock.now_us();
        write_tx!(self.db, read committed, |tx| -> Result<()> {
            customers::lock_any(tx, order.customer).await?;
            payments_store::write_refund_state(tx, order.customer, refund.id, state).await?;
            if *state == RefundState::Succeeded {
                book_returned(tx, order, refund, now_us).await?;
            }
            let revision = self.changes.next_revision(tx, order.customer).await?;
            orders::write_revision(tx, order, revision).await?;
            if let Some(job) = job {
                self.jobs.complete_in(tx, job).await?;
            }
            Ok(())
        })
    }
}
