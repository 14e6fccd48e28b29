//! The mails about an account: links that work once, and notices. Each mail is a job, which is enqueued by the
//! transaction that makes it necessary.
//!
//! A link contains a secret, so no job holds one: the request for a link is a row of `mail_tokens`, and the job makes
//! the token when it sends the mail. A job that runs again makes another token, so only the link of the last mail
//! works. If the request was revoked before the job runs, no mail is sent.
//!
//! The address is that of the time of the request: the account's address may be a thief's by the time a mail is sent. No job
//! holds an address either: that of a link is in `mail_tokens`, and that of a notice in `mail_notices`.

use std::sync::Arc;

use async_trait::async_trait;
use store::jobs::{Effect, Failure, Handler, Job, NewJob, Retries};
use store::{Source, Tx, write_tx};
use uuid::Uuid;

use crate::account::Accounts;
use crate::account::store::mail_tokens::NewToken;
use crate::account::store::{mail_notices, mail_tokens};
use crate::customer::store::customers;
use crate::customer::{Customer, Email};
use crate::fault::{Fault, Result};
use crate::id::CustomerId;
use crate::library::reminder::REMINDER;
use crate::mail::delivery::Mail;
use crate::mail::kind::MailKind;
use crate::mail::message::{LinkMail, email_changed, password_changed};
use crate::mail::outbox::{NotWritten, Outbox, message_id};
use crate::mail::write::Recipient;
use crate::order::orders::ORDER_MAIL;
use crate::secret::Secret;
use crate::time::{HOUR_US, duration_us};

/// The kind of the job. Its key is the id of the request, and its payload says which mail to whom, such as
/// `reset_password/0190a3f0-7c3e-7abc-8def-0123456789ab`.
const ACCOUNT_MAIL: &str = "account_mail";

impl Accounts {
    /// Requests a mail with a link to the customer.
    pub(crate) async fn request_mail(
        &self,
        kind: LinkMail,
        customer: CustomerId,
        context: &rpc::Context,
    ) -> Result<()> {
        let found = self.customer(customer).await?;
        // Checked before the address is counted, and again below: of two requests at once, the second may be one too many.
        self.expect_few_links(&self.db, kind, customer).await?;
        self.expect_few_mails(&found.email, context).await?;
        write_tx!(self.db, |tx| -> Result<()> {
            // Read again, so that the link is for the present address.
            let customer = customers::find(&mut *tx, customer).await?.ok_or(Fault::SignedOut)?;
            self.request_link(tx, kind, customer.id, &customer.email).await
        })
    }

    /// The same in a task of its own, so that neither the time nor the result of the request shows whether there is an account.
    pub(crate) fn request_mail_soon(self: &Arc<Self>, kind: LinkMail, customer: CustomerId, context: &rpc::Context) {
        let (accounts, context) = (Arc::clone(self), context.clone());
        self.tasks.spawn(async move {
            match accounts.request_mail(kind, customer, &context).await {
                Ok(()) => {}
                Err(fault) if is_limit(&fault) => count_refused(kind),
                Err(fault) => {
                    tracing::warn!(%customer, kind = kind.name(), ?fault, "a mail could not be asked for");
                }
            }
        });
    }

    /// Whether an address may get the welcome mail. If it may not, the account is opened without that mail.
    pub(crate) async fn may_welcome(&self, address: &Email, context: &rpc::Context) -> Result<bool> {
        match self.expect_few_mails(address, context).await {
            Ok(()) => Ok(true),
            Err(fault) if is_limit(&fault) => {
                count_refused(LinkMail::VerifyEmail);
                Ok(false)
            }
            Err(fault) => Err(fault),
        }
    }

    /// Refuses another mail to an address that got many lately, from whichever accounts.
    pub(crate) async fn expect_few_mails(&self, address: &Email, context: &rpc::Context) -> Result<()> {
        let gates = self.attempts.of_mail_to(&address.folded());
        self.attempts.begin(&gates, context).await
    }

    /// Requests a mail with a link, unless the customer got too many in the last hour.
    pub(crate) async fn request_link(
        &self,
        tx: &mut Tx,
        kind: LinkMail,
        customer: CustomerId,
        address: &Email,
    ) -> Result<()> {
        self.expect_few_links(&mut *tx, kind, customer).await?;
        self.enqueue_link(tx, kind.kind(), kind, customer, address).await
    }

    async fn expect_few_links(&self, on: impl Source, kind: LinkMail, customer: CustomerId) -> Result<()> {
        let now_us = self.clock.now_us();
        let written = mail_tokens::written_after(on, customer, kind, now_us - HOUR_US).await?;
        // After the clock was set back, rows that were written before it lie in the future: they are not counted.
        let mut written = written.iter().rev().filter(|at_us| **at_us <= now_us);
        match written.nth(self.limits.mails_per_hour.saturating_sub(1)) {
            Some(nth_last_us) => Err(Fault::too_many_mails(nth_last_us + HOUR_US - now_us)),
            None => Ok(()),
        }
    }

    /// Requests a mail with a link without checking limits. `mail` selects the text.
    pub(crate) async fn enqueue_link(
        &self,
        tx: &mut Tx,
        mail: MailKind,
        link: LinkMail,
        customer: CustomerId,
        address: &Email,
    ) -> Result<()> {
        let request = self.ids.next();
        // A placeholder until the mail is sent; it is never shown.
        let token = Secret::new(self.random());
        self.insert_link(tx, &token, link, customer, address, Some(request))
            .await?;
        self.enqueue_mail(tx, mail, request, customer).await
    }

    /// Enqueues the mail that tells the customer of a new password, at the address that the account has now.
    pub(crate) async fn enqueue_password_notice(&self, tx: &mut Tx, customer: CustomerId) -> Result<()> {
        let customer = customers::find(&mut *tx, customer).await?.ok_or(Fault::SignedOut)?;
        let request = self.ids.next();
        mail_notices::insert(tx, request, &customer, self.clock.now_us()).await?;
        self.enqueue_mail(tx, MailKind::PasswordChanged, request, customer.id)
            .await
    }

    /// Takes away every job that would write to a customer, dead letters included.
    pub(crate) async fn withdraw_mails(&self, tx: &mut Tx, customer: CustomerId) -> Result<()> {
        let kinds = [ACCOUNT_MAIL, ORDER_MAIL, REMINDER].map(ToOwned::to_owned);
        let account_mails = MailKind::ALL.iter().map(|mail| payload(*mail, customer));
        let payloads: Vec<_> = account_mails.chain([customer.to_string()]).collect();
        Ok(self.jobs.withdraw_all(tx, &kinds, &payloads).await?)
    }

    async fn enqueue_mail(&self, tx: &mut Tx, mail: MailKind, request: Uuid, customer: CustomerId) -> Result<()> {
        let job = NewJob {
            kind: ACCOUNT_MAIL,
            key: &request.to_string(),
            payload: &payload(mail, customer),
            run_at_us: self.clock.now_us(),
        };
        Ok(self.jobs.enqueue(tx, job).await?)
    }

    /// Writes a link. Its token is shown now, or when the mail of the request is sent.
    pub(crate) async fn insert_link(
        &self,
        tx: &mut Tx,
        token: &Secret,
        kind: LinkMail,
        customer: CustomerId,
        address: &Email,
        request: Option<Uuid>,
    ) -> Result<()> {
        let now_us = self.clock.now_us();
        let new = NewToken {
            token: token.hash(),
            customer,
            kind,
            address,
            created_at_us: now_us,
            expires_at_us: now_us + duration_us(kind.validity(&self.limits)),
            request,
        };
        Ok(mail_tokens::insert(tx, &new).await?)
    }
}

fn payload(mail: MailKind, customer: CustomerId) -> String {
    format!("{}/{customer}", mail.name())
}

fn is_limit(fault: &Fault) -> bool {
    matches!(fault, Fault::TooManyMails { .. } | Fault::TooManyAttempts { .. })
}

/// Counted and not logged: any client can ask for mails as often as it likes, so a refusal is nothing to report.
fn count_refused(kind: LinkMail) {
    metrics::counter!("dvs_mails_refused_total", "kind" => kind.name()).increment(1);
}

/// Sends the mails about accounts.
pub(crate) struct AccountMails {
    pub(crate) accounts: Arc<Accounts>,
    pub(crate) outbox: Outbox,
}

#[async_trait]
impl Handler for AccountMails {
    fn kind(&self) -> &'static str {
        ACCOUNT_MAIL
    }

    fn retries(&self) -> Retries {
        Retries::A_DAY
    }

    async fn run(&self, job: &Job) -> std::result::Result<Effect, Failure> {
        let (kind, customer) = job.payload.split_once('/').unwrap_or_default();
        let mail = MailKind::from_name(kind).zip(CustomerId::parse(customer));
        let request = Uuid::try_parse(&job.key).ok();
        let Some(((kind, customer), request)) = mail.zip(request) else {
            let unreadable = format_args!("{:?} of {:?} names no mail and no customer", job.key, job.payload);
            return Err(Failure::new(unreadable));
        };
        let mail = self.write(kind, customer, request).await;
        // Each run makes another link. If both mails had one id, a mail server might drop the later, whose link is the one that works.
        let id = Some(format!("{}.{}", message_id(job), job.attempts));
        let mail = mail.map(|mail| mail.map(|mail| Mail { id, ..mail }));
        let sent = self.outbox.deliver(job, mail).await?;
        if LinkMail::of(kind).is_none() {
            self.forget_notice(request).await.map_err(Failure::new)?;
        }
        Ok(sent)
    }
}

impl AccountMails {
    async fn forget_notice(&self, request: Uuid) -> std::result::Result<(), store::Error> {
        write_tx!(self.accounts.db, |tx| -> std::result::Result<(), store::Error> {
            mail_notices::delete(tx, request).await
        })
    }

    /// The mail to send now; `None` if the account was deleted, the link revoked, or the notice sent.
    async fn write(
        &self,
        mail: MailKind,
        customer: CustomerId,
        request: Uuid,
    ) -> std::result::Result<Option<Mail>, NotWritten> {
        let Accounts { db, clock, limits, .. } = &*self.accounts;
        // Before a link is made that could not be sent.
        let head = &self.outbox.letterheads.now().await?;
        let now_us = clock.now_us();
        let Some(link) = LinkMail::of(mail) else {
            let found = customers::find(db, customer).await?;
            let address = mail_notices::find(db, request).await?;
            let write = |(customer, address)| password_changed(head, &Recipient::at(&customer, address), now_us);
            return Ok(found.zip(address).map(write).transpose()?);
        };
        let token = Secret::new(self.accounts.random());
        let expires_at_us = now_us + duration_us(link.validity(limits));
        let found = write_tx!(*db, |tx| -> std::result::Result<
            Option<(Customer, Email)>,
            store::Error,
        > {
            let found = customers::find(&mut *tx, customer).await?;
            let address = mail_tokens::renew(tx, customer, request, token.hash(), expires_at_us).await?;
            Ok(found.zip(address))
        })?;
        let Some((customer, address)) = found else {
            return Ok(None);
        };
        let to = Recipient::at(&customer, address);
        let written = match mail {
            MailKind::EmailChanged => email_changed(head, &to, token.as_str(), limits, now_us),
            _ => link.write(head, &to, token.as_str(), limits, now_us),
        };
        Ok(Some(written?))
    }
}
