//! Hints that a payment has changed: events of payment providers, and customers who look at their order. What a hint is about
//! is looked up at the provider, by the jobs that look after orders and refunds anyway, which it only makes due at once.

use payments::{EventRequest, EventSubject, RefundState};
use store::{Tx, write_tx};
use uuid::Uuid;

use crate::fault::{Fault, Result};
use crate::id::OrderId;
use crate::order::Order;
use crate::order::orders::Orders;
use crate::order::store::orders;
use crate::payment::store::events;
use crate::time::duration_us;

/// The most payments that one event may be about.
const SUBJECTS_LIMIT: usize = 100;

impl Orders {
    /// Takes an event of a provider. An event that was taken before changes nothing. When this returns, the jobs that look
    /// up what has changed are stored.
    pub(crate) async fn receive_event(&self, provider: &str, request: &EventRequest<'_>) -> Result<()> {
        let provider = self.providers.named(provider).ok_or(Fault::ProviderUnknown)?;
        let event = provider.read_event(request).map_err(Fault::EventRefused)?;
        if event.subjects.len() > SUBJECTS_LIMIT {
            return Err(Fault::invalid("body", "The event is about too many payments."));
        }
        let mut changed = Vec::new();
        for subject in &event.subjects {
            match subject {
                EventSubject::Payment(payment) => changed.extend(self.order_paid_by(*payment, provider.name()).await?),
                EventSubject::Dispute(dispute) => {
                    tracing::warn!(provider = provider.name(), %dispute, "a customer disputes a payment");
                }
            }
        }
        let now_us = self.clock.now_us();
        write_tx!(self.db, read committed, |tx| -> Result<()> {
            if !events::insert(tx, provider.name(), &event.id, now_us).await? {
                return Ok(());
            }
            events::forget(tx, now_us - duration_us(self.limits.event_memory)).await?;
            for order in &changed {
                self.look_up_soon(tx, order, now_us).await?;
            }
            Ok(())
        })
    }

    /// Has an order that waits for its customer looked up at the provider because the customer looks at it: they may just have
    /// come back from paying. At most once in [`look_for_customer`](crate::Limits::look_for_customer), however often they
    /// look.
    pub(crate) async fn look_up_for_customer(&self, order: &Order) -> Result<()> {
        let now_us = self.clock.now_us();
        let again_us = |looked_us: i64| looked_us + duration_us(self.limits.look_for_customer);
        let is_recent = |looked_us: i64| (looked_us..again_us(looked_us)).contains(&now_us);
        if order.action_to_take().is_none() || self.looked_for_customers.get(&order.id).is_some_and(is_recent) {
            return Ok(());
        }
        self.looked_for_customers.insert(order.id, now_us);
        write_tx!(self.db, read committed, |tx| -> Result<()> { Ok(self.schedule_look(tx, order, now_us).await?) })
    }

    /// The order of a payment; none if the payment is not of this store, as where two stores share an account.
    async fn order_paid_by(&self, payment: Uuid, provider: &str) -> Result<Option<Order>> {
        let id = OrderId::new(payment);
        let Some(customer) = orders::owner(&self.db, id).await? else {
            return Ok(None);
        };
        let order = orders::find(&self.db, customer, id).await?;
        Ok(order.filter(|order| order.payment.provider == provider))
    }

    /// Has the payment of an order, and its refunds that are under way, looked up at the provider as soon as possible.
    pub(super) async fn look_up_soon(
        &self,
        tx: &mut Tx,
        order: &Order,
        now_us: i64,
    ) -> std::result::Result<(), store::Error> {
        if order.refunds.is_empty() {
            return self.schedule_look(tx, order, now_us).await;
        }
        for refund in order.refunds.iter().filter(|one| one.state == RefundState::Pending) {
            self.schedule_return(tx, order, refund, now_us).await?;
        }
        Ok(())
    }
}
