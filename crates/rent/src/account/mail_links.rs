//! The links in mails: one proves an address, one changes a password. Each works once, for the address that it was sent
//! to, and ends when the account's password or address changes.

use std::sync::Arc;

use store::write_tx;

use crate::account::Accounts;
use crate::account::new_password::Password;
use crate::account::revoke::{Scope, revoke};
use crate::account::store::mail_tokens;
use crate::account::store::mail_tokens::NewToken;
use crate::customer::store::customers;
use crate::customer::{Customer, Email};
use crate::fault::{Fault, Result};
use crate::id::CustomerId;
use crate::mail::delivery::Mail;
use crate::mail::message::LinkMail;
use crate::mail::write::Recipient;
use crate::secret::{Secret, SecretHash};
use crate::security;
use crate::time::{HOUR_US, duration_us};

impl Accounts {
    /// Sends the mail that resets a password, if there is such an account. Nobody can tell from outside.
    pub(crate) async fn request_reset(self: &Arc<Self>, email: &str, context: &rpc::Context) -> Result<()> {
        let email = Email::parse(email)?;
        // The same whether there is such an account or not.
        self.attempts
            .begin(&self.attempts.of_mail_from(context), context)
            .await?;
        let found = customers::find_by_email(&self.db, &email).await?;
        let customer = found.map(|(customer, _)| customer);
        security::reset_requested(customer.as_ref().map(|customer| customer.id), context);
        if let Some(customer) = customer {
            self.send_soon(LinkMail::ResetPassword, customer, context);
        }
        Ok(())
    }

    /// Sets the password for whoever holds the mail's token, and ends every session and every link.
    pub(crate) async fn reset_password(&self, token: &str, password: &str, context: &rpc::Context) -> Result<()> {
        let token = SecretHash::of_shown(token).ok_or(Fault::LinkEnded)?;
        let found = mail_tokens::find(&self.db, token, LinkMail::ResetPassword, self.clock.now_us()).await?;
        let Some((owner, _)) = found else {
            security::link_refused(context);
            return Err(Fault::LinkEnded);
        };
        let customer = self.customer(owner).await?;
        let password = Password::choose(password, &customer.known())?;
        let hash = self.hashing.hash(password, self.random()).await?;
        let ended = write_tx!(self.db, |tx| -> Result<Vec<String>> {
            // Looked up again: of two who redeem it at once, one does.
            let now_us = self.clock.now_us();
            let owner = self.redeem(tx, token, LinkMail::ResetPassword).await?;
            let ended = revoke(tx, owner, Scope::All, now_us).await?;
            customers::write_password(tx, owner, &hash).await?;
            // Who reads the mail has the address.
            customers::verify_email(tx, owner).await?;
            Ok(ended)
        })?;
        self.revocations.end(&ended);
        security::password_reset(customer.id, context);
        Ok(())
    }

    /// Sends the mail that verifies the customer's address.
    pub(crate) async fn request_verification(&self, customer: CustomerId, context: &rpc::Context) -> Result<()> {
        let customer = self.customer(customer).await?;
        self.attempts
            .begin(&self.attempts.of_mail_from(context), context)
            .await?;
        self.send(LinkMail::VerifyEmail, &customer, context).await
    }

    /// Notes that whoever holds the mail's token has the address.
    pub(crate) async fn verify_email(&self, token: &str, context: &rpc::Context) -> Result<()> {
        let token = SecretHash::of_shown(token).ok_or(Fault::LinkEnded)?;
        let owner = write_tx!(self.db, |tx| -> Result<CustomerId> {
            let owner = self.redeem(tx, token, LinkMail::VerifyEmail).await?;
            mail_tokens::use_up(tx, owner, LinkMail::VerifyEmail).await?;
            customers::verify_email(tx, owner).await?;
            Ok(owner)
        });
        match owner {
            Ok(owner) => security::email_verified(owner, context),
            Err(Fault::LinkEnded) => security::link_refused(context),
            Err(_) => {}
        }
        owner.map(drop)
    }

    /// Whose link this is, if it works and was sent to the address that they have now.
    async fn redeem(&self, tx: &mut store::Tx, token: SecretHash, kind: LinkMail) -> Result<CustomerId> {
        let found = mail_tokens::find(&mut *tx, token, kind, self.clock.now_us()).await?;
        let (owner, address) = found.ok_or(Fault::LinkEnded)?;
        let customer = customers::find(&mut *tx, owner).await?.ok_or(Fault::LinkEnded)?;
        if customer.email.folded() == address.folded() {
            Ok(owner)
        } else {
            Err(Fault::LinkEnded)
        }
    }

    /// Sends a mail while the caller goes on: neither how long it takes nor how it ends shows from outside.
    pub(crate) fn send_soon(self: &Arc<Self>, kind: LinkMail, customer: Customer, context: &rpc::Context) {
        let (accounts, context) = (Arc::clone(self), context.clone());
        self.tasks.spawn(async move {
            match accounts.send(kind, &customer, &context).await {
                Ok(()) => {}
                // Anybody can ask for a mail, as often as they like: the limit is no news.
                Err(Fault::TooManyMails { .. } | Fault::TooManyAttempts { .. }) => {
                    metrics::counter!("dvs_mails_refused_total", "kind" => kind.name()).increment(1);
                }
                Err(fault) => {
                    tracing::warn!(customer = %customer.id, kind = kind.name(), ?fault, "a mail was not sent");
                }
            }
        });
    }

    /// Sends a mail while the caller goes on.
    pub(crate) fn deliver_soon(self: &Arc<Self>, mail: Mail) {
        let accounts = Arc::clone(self);
        self.tasks.spawn(async move {
            if let Err(error) = accounts.mailer.send(mail).await {
                tracing::warn!(%error, "a mail was not sent");
            }
        });
    }

    /// Writes a mail with a new link and sends it to the customer.
    async fn send(&self, kind: LinkMail, customer: &Customer, context: &rpc::Context) -> Result<()> {
        let token = Secret::new(self.random());
        let customer = write_tx!(self.db, |tx| -> Result<Customer> {
            // Read again: the link is for the address of this moment.
            let customer = customers::find(&mut *tx, customer.id).await?.ok_or(Fault::SignedOut)?;
            self.note_link(tx, &token, kind, &customer, &customer.email).await?;
            Ok(customer)
        })?;
        self.expect_few_mails(&customer.email, context).await?;
        let now_us = self.clock.now_us();
        let mail = kind.write(&self.head, &Recipient::of(&customer), token.as_str(), &self.limits, now_us);
        self.deliver(mail.map_err(Fault::internal)?).await
    }

    /// Sends a mail that the caller waits for.
    pub(crate) async fn deliver(&self, mail: Mail) -> Result<()> {
        self.mailer.send(mail).await.map_err(|error| Fault::MailUnavailable {
            private: error.to_string(),
        })
    }

    /// Refuses one mail more to an address that got enough of them, on whatever account's behalf.
    pub(crate) async fn expect_few_mails(&self, address: &Email, context: &rpc::Context) -> Result<()> {
        let gates = self.attempts.of_mail_to(&address.folded());
        self.attempts.begin(&gates, context).await
    }

    /// Notes a link that is to be sent, unless the customer got enough of them in the last hour.
    pub(crate) async fn note_link(
        &self,
        tx: &mut store::Tx,
        token: &Secret,
        kind: LinkMail,
        customer: &Customer,
        address: &Email,
    ) -> Result<()> {
        let now_us = self.clock.now_us();
        let written = mail_tokens::written_after(&mut *tx, customer.id, kind, now_us - HOUR_US).await?;
        if let Some(nth_last_us) = written.iter().rev().nth(self.limits.mails_per_hour.saturating_sub(1)) {
            let retry_after_us = nth_last_us + HOUR_US - now_us;
            return Err(Fault::too_many_mails(retry_after_us));
        }
        self.insert_link(tx, token, kind, customer.id, address).await
    }

    /// Notes a link whatever came before.
    pub(crate) async fn insert_link(
        &self,
        tx: &mut store::Tx,
        token: &Secret,
        kind: LinkMail,
        customer: CustomerId,
        address: &Email,
    ) -> Result<()> {
        let now_us = self.clock.now_us();
        let new = NewToken {
            token: token.hash(),
            customer,
            kind,
            address,
            created_at_us: now_us,
            expires_at_us: now_us + duration_us(kind.validity(&self.limits)),
        };
        Ok(mail_tokens::insert(tx, &new).await?)
    }
}
