//! What customers change of their account: name and language, password, address, the devices that are signed in; and
//! its end.

use std::sync::Arc;

use store::write_tx;

use crate::accounts::Accounts;
use crate::customer::{Customer, Email, Language, Name, Password};
use crate::device::DeviceSession;
use crate::fault::{Fault, Result};
use crate::id::CustomerId;
use crate::letters::notice;
use crate::mail::Letter;
use crate::secret::SecretHash;
use crate::store::{customers, entitlements, mail_tokens, open_orders, orders, playbacks, sessions, watchlist};

/// What is to be changed; the rest stays.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub(crate) name: Option<Name>,
    pub(crate) language: Option<Language>,
    pub(crate) reminders: Option<bool>,
}

impl Accounts {
    pub(crate) async fn update(&self, customer: CustomerId, changes: &Changes) -> Result<Customer> {
        write_tx!(self.db, |tx| -> Result<Customer> {
            let found = customers::find(&mut *tx, customer).await?;
            let mut customer = found.ok_or(Fault::SignedOut)?;
            if let Some(name) = &changes.name {
                customer.name = name.clone();
            }
            customer.language = changes.language.unwrap_or(customer.language);
            customer.reminders = changes.reminders.unwrap_or(customer.reminders);
            customers::write_settings(tx, &customer).await?;
            Ok(customer)
        })
    }

    /// Changes the password of whoever knows the present one, and signs out every session but theirs.
    pub(crate) async fn change_password(
        self: &Arc<Self>,
        customer: CustomerId,
        present: &str,
        new: &str,
        token: &str,
    ) -> Result<()> {
        let customer = self.customer(customer).await?;
        self.expect_password(customer.id, present).await?;
        let new = Password::choose(new, &[customer.email.as_str(), customer.name.as_str()])?;
        let hash = self.hashing.hash(new, self.random()).await?;
        write_tx!(self.db, |tx| -> Result<()> {
            customers::write_password(tx, customer.id, &hash).await?;
            // A link that was under way would undo it.
            mail_tokens::use_up(tx, customer.id, Letter::ResetPassword).await?;
            Ok(sessions::delete_others(tx, customer.id, SecretHash::of_shown(token)).await?)
        })?;
        self.deliver_soon(notice::password_changed(
            &customer,
            &self.public_url,
            self.clock.now_us(),
        ));
        Ok(())
    }

    /// Sends a link to the address that whoever knows the password wants to have.
    pub(crate) async fn request_email_change(&self, customer: CustomerId, present: &str, email: &str) -> Result<()> {
        let email = Email::parse(email)?;
        let customer = self.customer(customer).await?;
        self.expect_password(customer.id, present).await?;
        if customers::find_by_email(&self.db, &email).await?.is_some() {
            return Err(Fault::EmailTaken);
        }
        self.send_to(&email, Letter::ChangeEmail, &customer).await
    }

    /// Changes the address for whoever holds the mail's token, and tells the old one.
    pub(crate) async fn change_email(self: &Arc<Self>, token: &str) -> Result<()> {
        let token = SecretHash::of_shown(token).ok_or(Fault::LinkEnded)?;
        let before = write_tx!(self.db, |tx| -> Result<Customer> {
            let owner = mail_tokens::find(&mut *tx, token, Letter::ChangeEmail, self.clock.now_us()).await?;
            let owner = owner.ok_or(Fault::LinkEnded)?;
            let address = mail_tokens::address(&mut *tx, token).await?.ok_or(Fault::LinkEnded)?;
            let customer = customers::find(&mut *tx, owner).await?.ok_or(Fault::LinkEnded)?;
            // Somebody may have opened an account with it since the link was asked for.
            if customers::find_by_email(&mut *tx, &address).await?.is_some() {
                return Err(Fault::EmailTaken);
            }
            mail_tokens::use_up(tx, owner, Letter::ChangeEmail).await?;
            customers::write_email(tx, owner, &address).await?;
            Ok(customer)
        })?;
        self.deliver_soon(notice::address_changed(&before, &self.public_url, self.clock.now_us()));
        Ok(())
    }

    /// The customer's sessions, latest seen first.
    pub(crate) async fn sessions(&self, customer: CustomerId) -> Result<Vec<DeviceSession>> {
        Ok(sessions::list(&self.db, customer, self.clock.now_us()).await?)
    }

    /// Ends one of the customer's sessions; one that is not there has ended.
    pub(crate) async fn end_session(&self, customer: CustomerId, session_id: &str) -> Result<()> {
        let all = self.sessions(customer).await?;
        let Some(found) = all.into_iter().find(|session| session.id() == session_id) else {
            return Ok(());
        };
        write_tx!(self.db, |tx| -> Result<()> {
            Ok(sessions::delete(tx, found.token).await?)
        })
    }

    pub(crate) async fn end_other_sessions(&self, customer: CustomerId, token: &str) -> Result<()> {
        let kept = SecretHash::of_shown(token);
        write_tx!(self.db, |tx| -> Result<()> {
            Ok(sessions::delete_others(tx, customer, kept).await?)
        })
    }

    /// Erases what is personal and ends every right. What was ordered is kept, as the law asks, without a name.
    pub(crate) async fn delete(&self, customer: CustomerId, present: &str) -> Result<()> {
        self.expect_password(customer, present).await?;
        let now_us = self.clock.now_us();
        write_tx!(self.db, |tx| -> Result<()> {
            // After every order that is being written: one is found open here, or finds the customer gone.
            self.feed.line_up(tx).await?;
            if open_orders::has_open(&mut *tx, customer).await? {
                return Err(Fault::OrderOpen);
            }
            playbacks::delete_all(tx, customer).await?;
            entitlements::delete_all(tx, customer).await?;
            watchlist::delete_all(tx, customer).await?;
            mail_tokens::delete_all(tx, customer).await?;
            sessions::delete_all(tx, customer).await?;
            orders::anonymise(tx, customer).await?;
            Ok(customers::erase(tx, customer, now_us).await?)
        })
    }

    async fn expect_password(&self, customer: CustomerId, present: &str) -> Result<()> {
        let hash = customers::password_hash(&self.db, customer).await?;
        let hash = hash.ok_or(Fault::SignedOut)?;
        let present = Password::shown(present).map_err(|_too_long| Fault::WrongPassword)?;
        if self.hashing.matches(present, Some(hash)).await? {
            return Ok(());
        }
        Err(Fault::WrongPassword)
    }
}
