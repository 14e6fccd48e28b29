//! Placing an order: its steps, in the order that keeps every promise about money.
//!
//! An order is written, and its titles reserved, before the provider is asked; the provider knows the charge by the
//! order's id; what it says is written together with the entitlements. So the process may die between any two steps:
//! a repetition of the call finishes what was begun, and so does the [reconciler](crate::order::reconcile).

use std::sync::Arc;

use backon::{ConstantBuilder, Retryable};
use payments::{
    Checkout, PaymentMethod, PaymentProvider, PaymentReport, PaymentRequest, PaymentState, PaymentToken, ProviderError,
    pix,
};
use store::{Tx, write_tx};

use crate::customer::store::customers;
use crate::fault::{Fault, Result};
use crate::id::OrderId;
use crate::library::store::entitlements;
use crate::order::bill::Bill;
use crate::order::checkpoint::Step;
use crate::order::orders::Orders;
use crate::order::store::orders;
use crate::order::store::reservations;
use crate::order::{Order, OrderLine, OrderRequest, OrderState};
use crate::payment::wire::token_missing;
use crate::time::duration_us;

impl Orders {
    /// All lines or none. A repetition under the same key gets the same answer; one that follows a process which died
    /// half-way finishes that order.
    pub(crate) async fn place(self: &Arc<Self>, request: OrderRequest, context: &rpc::Context) -> Result<Order> {
        request.check(self.limits.order_lines)?;
        let turn = self.turns.take(request.customer, &request.key).await;
        let begun = match self.step(Step::Recall, self.recall(&request)).await? {
            Some(Recalled::Answered(order)) => return Ok(order),
            Some(Recalled::Begun(order)) => Some(order),
            None => None,
        };
        let lines = match begun {
            Some(_) => Vec::new(),
            None => self.step(Step::Price, self.price(&request, context)).await?,
        };

        // Once the order is written, leaving it half-way helps nobody: a caller that gives up does not stop this.
        let orders = Arc::clone(self);
        let paying = self.tasks.spawn(async move {
            let _turn = turn;
            match begun {
                Some(order) => orders.finish(&request, order).await,
                None => orders.begin(&request, lines).await,
            }
        });
        paying.await.map_err(Fault::internal)?
    }

    /// Writes the order and finishes it. Another process may have written it since this one looked.
    async fn begin(&self, request: &OrderRequest, lines: Vec<OrderLine>) -> Result<Order> {
        match self.step(Step::Write, self.write(request, lines)).await? {
            Some(order) => self.finish(request, order).await,
            None => match self.recall(request).await?.ok_or(Fault::OrderInProgress)? {
                Recalled::Answered(order) => Ok(order),
                Recalled::Begun(order) => self.finish(request, order).await,
            },
        }
    }

    /// Charges an order that is written, and settles it. Two processes may do so at once: the provider decides one charge
    /// for the order's id, and the first transaction that writes the outcome ends the order.
    async fn finish(&self, request: &OrderRequest, order: Order) -> Result<Order> {
        if order.state == OrderState::Paid {
            // It was charged, and nothing was left to give for the money.
            return self.settle(&order, PaymentState::Succeeded.into(), None).await;
        }
        match self.step(Step::Charge, self.charge(request, &order)).await {
            Ok(report) if matches!(report.state, PaymentState::NeedsAction(_)) => {
                self.step(Step::Leave, self.await_payment(&order, &report)).await
            }
            Ok(report) => self.settle(&order, report, None).await,
            Err(undecided) => self.step(Step::Leave, self.leave(order, &undecided)).await,
        }
    }

    /// Returns the order that an earlier call with this key placed, if there was one.
    async fn recall(&self, request: &OrderRequest) -> Result<Option<Recalled>> {
        let Some(earlier) = orders::find_by_key(&self.db, request.customer, &request.key).await? else {
            return Ok(None);
        };
        if earlier.fingerprint != request.fingerprint() {
            return Err(Fault::IdempotencyKeyReused);
        }
        if earlier.order.state.is_open() && !earlier.answered {
            return Ok(Some(Recalled::Begun(earlier.order)));
        }
        Ok(Some(Recalled::Answered(earlier.order.into_answered())))
    }

    /// Makes lines of the offers as they are now, if they cost what the customer saw.
    async fn price(&self, request: &OrderRequest, context: &rpc::Context) -> Result<Vec<OrderLine>> {
        let now_us = self.clock.now_us();
        let offers = request
            .items
            .iter()
            .map(|item| self.catalogue.offer(&item.offer, now_us, context));
        let offers = futures::future::try_join_all(offers).await?;
        let lines = offers.into_iter().zip(&request.items);
        lines.map(|(offer, item)| offer.line(item)).collect()
    }

    /// Writes the order and reserves its titles, unless the customer has them. None where an order with this key is
    /// written already.
    async fn write(&self, request: &OrderRequest, lines: Vec<OrderLine>) -> Result<Option<Order>> {
        let now_us = self.clock.now_us();
        let lapse_us = duration_us(self.limits.order_lapse);
        let look_at_us = now_us + duration_us(self.limits.payment());
        let provider = self.provider_for(request.method, &lines)?;
        if provider.needs_token(request.method) && request.token == PaymentToken::default() {
            return Err(token_missing());
        }
        let provider = provider.name();
        let id = OrderId::new(self.ids.next());
        let order = Order::new(id, request, provider, lines, now_us, lapse_us)?;
        write_tx!(self.db, read committed, |tx| -> Result<Option<Order>> {
            // The customer's other orders, and what they become, wait for this one. An identity may outlive its account.
            if !customers::lock(tx, request.customer).await? {
                return Err(Fault::SignedOut);
            }
            if orders::is_key_taken(&mut *tx, request.customer, &request.key).await? {
                return Ok(None);
            }
            for line in &order.lines {
                reserve(tx, &order, line, now_us).await?;
            }
            let revision = self.changes.next_revision(tx, request.customer).await?;
            orders::insert(tx, &order, request, revision).await?;
            self.schedule_look(tx, &order, look_at_us).await?;
            Ok(Some(order.clone()))
        })
    }

    /// The provider that takes the money for lines; none takes it by every method in every currency.
    fn provider_for(&self, method: PaymentMethod, lines: &[OrderLine]) -> Result<&dyn PaymentProvider> {
        let currency = Bill::of(lines.iter().map(|line| line.price))?.total.currency();
        if let Some(provider) = self.providers.for_method(method, currency) {
            return Ok(provider);
        }
        let message = match method {
            PaymentMethod::Pix if currency != pix::CURRENCY => "Only prices in reais are paid by Pix.".to_owned(),
            method => format!("Prices in {} are not paid by {}.", currency.code(), method.name()),
        };
        Err(Fault::invalid("payment.method", message))
    }

    /// Asks the provider for the money. After an error it is asked again, for the same charge; when it is late the
    /// charge is undecided, and the customer waits no longer.
    async fn charge(&self, request: &OrderRequest, order: &Order) -> payments::Result<PaymentReport> {
        let payment = PaymentRequest {
            payment: order.payment_ref(),
            amount: order.bill.total,
            method: request.method,
            token: request.token.clone(),
            pay_by_us: order.created_at_us + duration_us(self.limits.pix),
            checkout: self.checkout(order).await?,
        };
        let pause = ConstantBuilder::default()
            .with_delay(self.limits.payment_retry_pause)
            .with_max_times(self.limits.payment_retries);
        let provider = self.provider_of(order)?;
        (|| self.in_time(provider.start(&payment)))
            .retry(pause)
            .when(|error| matches!(error, ProviderError::Failed(_)))
            .await
    }

    /// What the provider shows where the customer pays on a page of its own.
    async fn checkout(&self, order: &Order) -> payments::Result<Checkout> {
        let customer = customers::find(&self.db, order.customer).await;
        let customer = customer.map_err(|error| ProviderError::Failed(error.to_string()))?;
        let names: Vec<_> = order.lines.iter().map(|line| line.title_name.as_str()).collect();
        let (language, email) = customer
            .map(|customer| (customer.language.tag().to_owned(), customer.email.as_str().to_owned()))
            .unwrap_or_default();
        Ok(Checkout {
            description: names.join(", "),
            return_url: format!("{}/orders/{}", self.public_url, order.id),
            language,
            email,
        })
    }

    /// Leaves an undecided order to the reconciler, and answers that the customer has to wait.
    async fn leave(&self, order: Order, undecided: &ProviderError) -> Result<Order> {
        tracing::warn!(order = %order.id, %undecided, "an order is left undecided");
        let now_us = self.clock.now_us();
        write_tx!(self.db, read committed, |tx| -> Result<()> {
            orders::leave(tx, &order).await?;
            Ok(self.schedule_look(tx, &order, now_us).await?)
        })?;
        Ok(order)
    }
}

/// What an earlier call with the same key came to.
enum Recalled {
    /// The customer was answered, or the order has ended.
    Answered(Order),
    /// The order was written, and nothing was answered yet: its process works on it, or is gone.
    Begun(Order),
}

/// Keeps a line's title for this order, unless the customer has it or another order of theirs keeps it.
async fn reserve(tx: &mut Tx, order: &Order, line: &OrderLine, now_us: i64) -> Result<()> {
    let held = entitlements::of_title(&mut *tx, order.customer, &line.title).await?;
    let kind = line.holding.kind();
    if let Some(held) = held.into_iter().find(|one| one.stands_against(kind, now_us)) {
        return Err(Fault::AlreadyHeld {
            title: held.title,
            title_name: held.title_name,
            entitlement: held.id,
        });
    }
    if !reservations::take(tx, order, line).await? {
        return Err(Fault::TitleBeingOrdered {
            title: line.title.clone(),
            order: reservations::holder(&mut *tx, order.customer, line).await?,
        });
    }
    Ok(())
}
