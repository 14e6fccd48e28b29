//! The effects of links in mails: one verifies an address, one resets a password. Each link works once, for the address
//! that it was sent to, and ends when the account's password or address changes.

use std::sync::Arc;

use store::write_tx;

use crate::account::Accounts;
use crate::account::new_password::Password;
use crate::account::revoke::{Scope, revoke};
use crate::account::store::mail_tokens;
use crate::customer::Email;
use crate::customer::store::customers;
use crate::fault::{Fault, Result};
use crate::id::CustomerId;
use crate::mail::message::LinkMail;
use crate::secret::SecretHash;
use crate::security;

impl Accounts {
    /// Sends the mail that resets a password, if there is such an account. The answer does not show whether there is one.
    pub(crate) async fn request_reset(self: &Arc<Self>, email: &str, context: &rpc::Context) -> Result<()> {
        let email = Email::parse(email)?;
        // Counted in the same way whether there is such an account or not.
        self.attempts
            .begin(&self.attempts.of_mail_from(context), context)
            .await?;
        let found = customers::find_by_email(&self.db, &email).await?;
        let customer = found.map(|(customer, _)| customer);
        security::reset_requested(customer.as_ref().map(|customer| customer.id), context);
        if let Some(customer) = customer {
            self.request_mail_soon(LinkMail::ResetPassword, customer.id, context);
        }
        Ok(())
    }

    /// Sets the password for the bearer of the mail's token, and ends every session and every link.
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
            // Read again in the transaction: of two calls with one token at the same time, only one succeeds.
            let now_us = self.clock.now_us();
            let owner = self.redeem(tx, token, LinkMail::ResetPassword).await?;
            let ended = revoke(tx, owner, Scope::All, now_us).await?;
            customers::write_password(tx, owner, &hash).await?;
            // The customer got the mail, so the address is theirs.
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
        self.request_mail(LinkMail::VerifyEmail, customer.id, context).await
    }

    /// Verifies the address of the customer to whom the mail's token was sent.
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

    /// The customer of a link, if it works and was sent to their present address.
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
}
