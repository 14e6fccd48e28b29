//! Sending mails: receipts, and reminders before a rental ends. Those about accounts are written by the account's domain
//! (`account/mails.rs`) and sent by the same rules.
//!
//! Each is a job of [`store::jobs`]. So it is sent at least once: a process that dies between the delivery and its note
//! sends the mail again, with the same Message-ID, by which mail programs know it. One that cannot be delivered is
//! tried for a day, and one whose addressee is refused for good a few times.

use std::sync::Arc;

use async_trait::async_trait;
use rpc::identity::Signer;
use store::jobs::{Effect, Failure, Handler, Job, Retries};
use store::{Clock, Db};

use crate::customer::store::customers;
use crate::fault::Fault;
use crate::id::{CustomerId, EntitlementId, OrderId, RefundId};
use crate::library::entitlement::EntitlementState;
use crate::library::reminder::REMINDER;
use crate::library::reminder_token;
use crate::library::store::entitlements;
use crate::mail::delivery::{Mail, MailError, Mailer};
use crate::mail::letterhead::Letterheads;
use crate::mail::write::Recipient;
use crate::mail::{receipt, reminder};
use crate::order::Order;
use crate::order::orders::ORDER_MAIL;
use crate::order::store::orders;
use crate::payment::refund::Refund;

/// How often a mail is sent to an address that the mail server refuses for good. A few times, because a server that is being
/// set up or moved refuses addresses that it has an hour later.
const REFUSED_ATTEMPTS: u32 = 5;

/// What the handlers of mails work with.
#[derive(Clone)]
pub(crate) struct Outbox {
    pub(crate) db: Db,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) mailer: Arc<dyn Mailer>,
    pub(crate) signer: Arc<Signer>,
    pub(crate) letterheads: Letterheads,
}

impl Outbox {
    pub(crate) fn handlers(self) -> Vec<Arc<dyn Handler>> {
        vec![Arc::new(OrderMails(self.clone())), Arc::new(Reminders(self))]
    }

    /// The mail about an order, or about one of its refunds; none to a customer who is gone.
    async fn about_order(
        &self,
        customer: CustomerId,
        order: OrderId,
        refund: Option<RefundId>,
    ) -> Result<Option<Mail>, NotWritten> {
        let Some(to) = customers::find(&self.db, customer).await? else {
            return Ok(None);
        };
        let Some(order) = orders::find(&self.db, customer, order).await? else {
            return Ok(None);
        };
        let letterhead = self.letterheads.now().await?;
        let mail = receipt::write(
            &letterhead,
            &Recipient::of(&to),
            &order,
            refund_of(&order, refund),
            self.clock.now_us(),
        )?;
        Ok(Some(mail))
    }

    /// The reminder for a customer who wants it, unless there is nothing to be missed: the window has ended, the film was
    /// seen to its end, or it is theirs.
    async fn about_rental(&self, customer: CustomerId, rental: EntitlementId) -> Result<Option<Mail>, NotWritten> {
        let now_us = self.clock.now_us();
        let to = customers::find(&self.db, customer).await?;
        let Some(to) = to.filter(|customer| customer.reminders) else {
            return Ok(None);
        };
        let Some(rental) = entitlements::find(&self.db, customer, rental).await? else {
            return Ok(None);
        };
        let held = entitlements::of_title(&self.db, customer, &rental.title).await?;
        let is_owned = held.iter().any(|one| one.state(now_us) == EntitlementState::Owned);
        if rental.state(now_us) == EntitlementState::Expired || rental.is_seen() || is_owned {
            return Ok(None);
        }
        let token = reminder_token::sign(&self.signer, &rental);
        let letterhead = self.letterheads.now().await?;
        let mail = reminder::write(&letterhead, &Recipient::of(&to), &rental, &token, now_us)?;
        Ok(Some(mail))
    }

    pub(crate) async fn deliver(&self, job: &Job, mail: Result<Option<Mail>, NotWritten>) -> Result<Effect, Failure> {
        let Some(mail) = mail.map_err(Failure::new)? else {
            return Ok(Effect::Elsewhere);
        };
        let mail = Mail {
            // One and the same however often the job runs, unless the mail is another one each time.
            id: mail.id.clone().or_else(|| Some(message_id(job))),
            ..mail
        };
        self.mailer.send(mail).await.map_err(failure)?;
        Ok(Effect::Elsewhere)
    }
}

/// The refund that a mail is about. A job of an earlier version names no refund: there was only one then.
fn refund_of(order: &Order, refund: Option<RefundId>) -> Option<&Refund> {
    match refund {
        Some(id) => order.refunds.iter().find(|one| one.id == id),
        None => order.refunds.first().filter(|_| order.entitlements.is_empty()),
    }
}

fn failure(error: MailError) -> Failure {
    match error {
        MailError::Refused(refusal) if refusal.is_of_addressee() => Failure::lasting(error, REFUSED_ATTEMPTS),
        error => Failure::new(error),
    }
}

/// What the mail of a job is told by.
pub(crate) fn message_id(job: &Job) -> String {
    format!("{}.{}.{}", job.kind, job.key.replace('/', "."), job.id.simple())
}

/// Why there is no mail to deliver yet.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotWritten {
    #[error("the database did not answer: {0}")]
    Database(#[from] store::Error),
    #[error("what the store is called is not known yet: {0}")]
    Letterhead(#[from] Fault),
    #[error(transparent)]
    Mail(#[from] MailError),
}

/// Tells customers how their orders ended.
struct OrderMails(Outbox);

#[async_trait]
impl Handler for OrderMails {
    fn kind(&self) -> &'static str {
        ORDER_MAIL
    }

    fn retries(&self) -> Retries {
        Retries::A_DAY
    }

    async fn run(&self, job: &Job) -> Result<Effect, Failure> {
        let (order, about) = job.key.split_once('/').unwrap_or((&job.key, ""));
        let ids = CustomerId::parse(&job.payload).zip(OrderId::parse(order));
        let (customer, order) = ids.ok_or_else(|| unreadable(job))?;
        let refund = about.strip_prefix("refund.").and_then(RefundId::parse);
        self.0
            .deliver(job, self.0.about_order(customer, order, refund).await)
            .await
    }
}

/// Reminds customers before a rental's window ends.
struct Reminders(Outbox);

#[async_trait]
impl Handler for Reminders {
    fn kind(&self) -> &'static str {
        REMINDER
    }

    fn retries(&self) -> Retries {
        Retries::A_DAY
    }

    async fn run(&self, job: &Job) -> Result<Effect, Failure> {
        let ids = CustomerId::parse(&job.payload).zip(EntitlementId::parse(&job.key));
        let (customer, rental) = ids.ok_or_else(|| unreadable(job))?;
        self.0.deliver(job, self.0.about_rental(customer, rental).await).await
    }
}

fn unreadable(job: &Job) -> Failure {
    Failure::new(format_args!(
        "{:?} of {:?} names no customer and no order or rental",
        job.key, job.payload
    ))
}
