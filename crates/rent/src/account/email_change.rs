//! Changing the address of an account: requested with the password, done by a link to the new address, and reverted by
//! a link to the old address. For a week the owner of the old mailbox can revert the change, because the person who
//! requested it may have stolen the password.

use store::write_tx;

use crate::account::Accounts;
use crate::account::revoke::{Scope, revoke};
use crate::account::store::mail_tokens;
use crate::customer::store::customers;
use crate::customer::{Customer, Email};
use crate::fault::{Fault, Result};
use crate::id::CustomerId;
use crate::mail::kind::MailKind;
use crate::mail::message::LinkMail;
use crate::secret::{Secret, SecretHash};
use crate::security;

impl Accounts {
    /// Checks the present password, sends a link to the new address, and sends a notice to the present one.
    pub(crate) async fn request_email_change(
        &self,
        customer: CustomerId,
        present: &str,
        email: &str,
        context: &rpc::Context,
    ) -> Result<()> {
        let email = Email::parse(email)?;
        let hash = self.expect_password(customer, present, context).await?;
        self.attempts
            .begin(&self.attempts.of_mail_from(context), context)
            .await?;
        self.expect_few_mails(&email, context).await?;
        write_tx!(self.db, |tx| -> Result<()> {
            expect_same(tx, customer, &hash).await?;
            self.expect_free(tx, &email, Some(customer)).await?;
            let customer = customers::find(&mut *tx, customer).await?.ok_or(Fault::SignedOut)?;
            self.request_link(tx, LinkMail::ChangeEmail, customer.id, &email)
                .await?;
            let revert = LinkMail::RevertEmail;
            self.enqueue_link(tx, revert.kind(), revert, customer.id, &customer.email)
                .await
        })?;
        security::email_change_requested(customer, context);
        Ok(())
    }

    /// Changes the address for the bearer of the mail's token, ends every session and link, and notifies the old address.
    pub(crate) async fn change_email(&self, token: &str, context: &rpc::Context) -> Result<()> {
        let token = SecretHash::of_shown(token).ok_or(Fault::LinkEnded)?;
        let changed = write_tx!(self.db, |tx| -> Result<(Customer, Vec<String>)> {
            let now_us = self.clock.now_us();
            let found = mail_tokens::find(&mut *tx, token, LinkMail::ChangeEmail, now_us).await?;
            let (owner, address) = found.ok_or(Fault::LinkEnded)?;
            let before = customers::find(&mut *tx, owner).await?.ok_or(Fault::LinkEnded)?;
            // Another customer may have opened an account with it since the link was requested.
            self.expect_free(tx, &address, Some(owner)).await?;
            let ended = revoke(tx, owner, Scope::All, now_us).await?;
            self.enqueue_link(tx, MailKind::EmailChanged, LinkMail::RevertEmail, owner, &before.email)
                .await?;
            customers::write_email(tx, owner, &address).await?;
            Ok((before, ended))
        });
        if matches!(changed, Err(Fault::LinkEnded)) {
            security::link_refused(context);
        }
        let (before, ended) = changed?;
        self.revocations.end(&ended);
        security::email_changed(before.id, context);
        Ok(())
    }

    /// Gives the account back the address that the mail was sent to. The person who requested the change knew the
    /// password, so that password is removed; with the token that this returns, the owner chooses a new one.
    pub(crate) async fn revert_email(&self, token: &str, context: &rpc::Context) -> Result<Secret> {
        let token = SecretHash::of_shown(token).ok_or(Fault::LinkEnded)?;
        let reset = Secret::new(self.random());
        let reverted = write_tx!(self.db, |tx| -> Result<(CustomerId, Vec<String>)> {
            let now_us = self.clock.now_us();
            let found = mail_tokens::find(&mut *tx, token, LinkMail::RevertEmail, now_us).await?;
            let (owner, address) = found.ok_or(Fault::LinkEnded)?;
            if customers::find(&mut *tx, owner).await?.is_none() {
                return Err(Fault::LinkEnded);
            }
            let holder = customers::find_by_email(&mut *tx, &address).await?;
            if holder.is_some_and(|(holder, _)| holder.id != owner) {
                return Err(Fault::EmailTaken);
            }
            let ended = revoke(tx, owner, Scope::All, now_us).await?;
            // Later revert links end too: they would lead to the address that is taken away. Earlier ones stay:
            // otherwise a thief could end the owner's link by reverting to an address of the thief's own.
            mail_tokens::use_up_reverts(tx, owner, token, &address).await?;
            customers::write_email(tx, owner, &address).await?;
            customers::write_password(tx, owner, NO_PASSWORD).await?;
            self.insert_link(tx, &reset, LinkMail::ResetPassword, owner, &address, None)
                .await?;
            Ok((owner, ended))
        });
        if matches!(reverted, Err(Fault::LinkEnded)) {
            security::link_refused(context);
        }
        let (owner, ended) = reverted?;
        self.revocations.end(&ended);
        security::email_change_reverted(owner, context);
        Ok(reset)
    }
}

/// In place of a hash: no password opens the account.
const NO_PASSWORD: &str = "";

/// Refuses a change if the password that was checked for it is not the present one any more.
pub(crate) async fn expect_same(tx: &mut store::Tx, customer: CustomerId, hash: &str) -> Result<()> {
    let present = customers::password_hash(tx, customer).await?.ok_or(Fault::SignedOut)?;
    if present == hash {
        Ok(())
    } else {
        Err(Fault::WrongPassword)
    }
}
