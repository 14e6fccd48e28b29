//! Mails to customers that nobody asked for by a call: receipts, and reminders before a rental ends.
//!
//! That one is due is written in the transaction that makes it so. Whoever sends it first takes that note away, by a
//! guarded statement: of several processes one does, and a mail goes out at most once.

use std::sync::Arc;

use store::{Clock, Db, write_tx};
use tokio_util::sync::CancellationToken;

use crate::customer::Customer;
use crate::customer::store::customers;
use crate::fault::Result;
use crate::id::{CustomerId, OrderId};
use crate::library::entitlement::{Entitlement, EntitlementState};
use crate::library::store::entitlements;
use crate::limits::Limits;
use crate::mail::message::{Mail, Mailer};
use crate::mail::{receipt, reminder};
use crate::order::store::open_orders;
use crate::order::store::orders;

/// Sends the mails that are due.
pub struct Outbox {
    pub(crate) db: Db,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) mailer: Arc<dyn Mailer>,
    /// Where the links in mails lead.
    pub(crate) public_url: String,
    pub(crate) limits: Limits,
}

impl Outbox {
    /// Sends what is due at once and then at intervals, until it is cancelled; what it has begun it finishes.
    pub async fn run(&self, cancel: CancellationToken) {
        while !cancel.is_cancelled() {
            self.send_due().await;
            let pause = tokio::time::sleep(self.limits.mails_every);
            let _ = cancel.run_until_cancelled(pause).await;
        }
    }

    /// Sends what is due now. What could not be read is due the next time; what could not be delivered is lost: the
    /// pages say the same.
    pub async fn send_due(&self) {
        if let Err(fault) = self.write_of_orders().await {
            tracing::warn!(?fault, "the mails about orders could not be sent");
        }
        if let Err(fault) = self.remind().await {
            tracing::warn!(?fault, "reminders could not be sent");
        }
    }

    async fn write_of_orders(&self) -> Result<()> {
        loop {
            let due = open_orders::mails_due(&self.db, self.limits.mails_batch).await?;
            if due.is_empty() {
                return Ok(());
            }
            for (customer, order) in due {
                let taken = write_tx!(self.db, read committed, |tx| -> Result<bool> {
                    Ok(open_orders::take_letter(tx, customer, order).await?)
                })?;
                if taken {
                    self.write_of_order(customer, order).await?;
                }
            }
        }
    }

    async fn write_of_order(&self, customer: CustomerId, order: OrderId) -> Result<()> {
        let Some(to) = customers::find(&self.db, customer).await? else {
            return Ok(());
        };
        if let Some(order) = orders::find(&self.db, customer, order).await? {
            self.deliver(receipt::write(&to, &order, &self.public_url, self.clock.now_us()))
                .await;
        }
        Ok(())
    }

    async fn remind(&self) -> Result<()> {
        loop {
            let now_us = self.clock.now_us();
            let due = entitlements::reminders_due(&self.db, now_us, self.limits.mails_batch).await?;
            if due.is_empty() {
                return Ok(());
            }
            for (entitlement, due_at_us) in due {
                let taken = write_tx!(self.db, read committed, |tx| -> Result<bool> {
                    Ok(entitlements::take_reminder(tx, &entitlement, due_at_us).await?)
                })?;
                if taken {
                    self.remind_of(&entitlement, now_us).await?;
                }
            }
        }
    }

    /// Reminds a customer who wants it, unless there is nothing to be missed: the window has ended, the film was seen to
    /// its end, or it is theirs.
    async fn remind_of(&self, rental: &Entitlement, now_us: i64) -> Result<()> {
        let customer = customers::find(&self.db, rental.customer).await?;
        let Some(customer) = customer.filter(|customer| customer.reminders) else {
            return Ok(());
        };
        let held = entitlements::of_title(&self.db, rental.customer, &rental.title).await?;
        let is_owned = held.iter().any(|one| one.state(now_us) == EntitlementState::Owned);
        if rental.state(now_us) == EntitlementState::Expired || rental.is_seen() || is_owned {
            return Ok(());
        }
        self.deliver(reminder::write(&customer, rental, &self.public_url, now_us))
            .await;
        Ok(())
    }

    async fn deliver(&self, mail: Mail) {
        if let Err(error) = self.mailer.send(mail).await {
            tracing::warn!(%error, "a mail was not delivered");
        }
    }
}

/// A mail to a customer.
pub(crate) fn to(customer: &Customer, subject: String, body: String, now_us: i64) -> Mail {
    Mail {
        to: customer.email.as_str().to_owned(),
        to_name: customer.greeted_as().map(ToOwned::to_owned),
        subject,
        body,
        written_at_us: now_us,
    }
}
