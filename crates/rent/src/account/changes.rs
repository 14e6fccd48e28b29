//! Changes that customers make to their accounts: name and language, the password, the signed-in devices, and deletion.

use store::write_tx;

use crate::account::Accounts;
use crate::account::email_change::expect_same;
use crate::account::new_password::Password;
use crate::account::revoke::{Scope, revoke};
use crate::account::store::attempts;
use crate::account::store::{mail_notices, mail_tokens};
use crate::customer::session::DeviceSession;
use crate::customer::store::customers;
use crate::customer::store::sessions;
use crate::customer::{Customer, Language, Name};
use crate::fault::{Fault, Result};
use crate::id::CustomerId;
use crate::library::reminder_token;
use crate::library::store::entitlements;
use crate::library::store::watchlist;
use crate::order::store::open_orders;
use crate::order::store::orders;
use crate::playback::store::playbacks;
use crate::secret::SecretHash;
use crate::security;

/// The fields to change; `None` leaves a field as it is.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub(crate) name: Option<Name>,
    pub(crate) language: Option<Language>,
    pub(crate) reminders: Option<bool>,
}

/// The passwords that a customer gives to change the password.
#[derive(Debug)]
pub(crate) struct NewPassword<'a> {
    pub(crate) present: &'a str,
    pub(crate) new: &'a str,
    /// The token of the session that stays open.
    pub(crate) token: &'a str,
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

    /// Turns reminders off for the customer whose reminder had this token. Repeating the call changes nothing.
    pub(crate) async fn turn_reminders_off(&self, token: &str) -> Result<()> {
        let customer = reminder_token::read(&self.signer.verifier(), token, self.clock.now_us());
        let customer = customer.ok_or(Fault::LinkEnded)?;
        let off = Changes {
            reminders: Some(false),
            ..Changes::default()
        };
        match self.update(customer, &off).await {
            // The account is gone, and with it every reminder.
            Err(Fault::SignedOut) => Err(Fault::LinkEnded),
            updated => updated.map(drop),
        }
    }

    /// Changes the password if the present one is right, and ends every other session and every link.
    pub(crate) async fn change_password(
        &self,
        customer: CustomerId,
        change: &NewPassword<'_>,
        context: &rpc::Context,
    ) -> Result<()> {
        let customer = self.customer(customer).await?;
        let before = self.expect_password(customer.id, change.present, context).await?;
        let new = Password::choose(change.new, &customer.known())?;
        let hash = self.hashing.hash(new, self.random()).await?;
        let ended = write_tx!(self.db, |tx| -> Result<Vec<String>> {
            expect_same(tx, customer.id, &before).await?;
            customers::write_password(tx, customer.id, &hash).await?;
            let kept = SecretHash::of_shown(change.token);
            let ended = revoke(tx, customer.id, Scope::Others { kept }, self.clock.now_us()).await?;
            self.enqueue_password_notice(tx, customer.id).await?;
            Ok(ended)
        })?;
        self.revocations.end(&ended);
        security::password_changed(customer.id, context);
        Ok(())
    }

    /// The customer's sessions, latest seen first.
    pub(crate) async fn sessions(&self, customer: CustomerId) -> Result<Vec<DeviceSession>> {
        Ok(sessions::list(&self.db, customer, self.clock.now_us()).await?)
    }

    /// Ends one of the customer's sessions; a session that does not exist counts as ended.
    pub(crate) async fn end_session(
        &self,
        customer: CustomerId,
        session_id: &str,
        context: &rpc::Context,
    ) -> Result<()> {
        let all = self.sessions(customer).await?;
        let Some(found) = all.into_iter().find(|session| session.id() == session_id) else {
            return Ok(());
        };
        self.end(customer, Scope::Device(found.token), context).await
    }

    pub(crate) async fn end_other_sessions(
        &self,
        customer: CustomerId,
        token: &str,
        context: &rpc::Context,
    ) -> Result<()> {
        let kept = SecretHash::of_shown(token);
        self.end(customer, Scope::Others { kept }, context).await
    }

    async fn end(&self, customer: CustomerId, scope: Scope, context: &rpc::Context) -> Result<()> {
        let ended = write_tx!(self.db, |tx| -> Result<Vec<String>> {
            revoke(tx, customer, scope, self.clock.now_us()).await
        })?;
        self.revocations.end(&ended);
        security::sessions_ended(customer, ended.len(), context);
        Ok(())
    }

    /// Erases personal data and ends every entitlement. Orders are kept without a name, because the law requires it.
    pub(crate) async fn delete(&self, customer: CustomerId, present: &str, context: &rpc::Context) -> Result<()> {
        let hash = self.expect_password(customer, present, context).await?;
        let now_us = self.clock.now_us();
        let ended = write_tx!(self.db, |tx| -> Result<Vec<String>> {
            // Orders that are being written finish first: such an order is found open here, or it finds the account deleted.
            customers::lock(tx, customer).await?;
            expect_same(tx, customer, &hash).await?;
            if open_orders::has_open(&mut *tx, customer).await? {
                return Err(Fault::OrderOpen);
            }
            let ended = revoke(tx, customer, Scope::All, now_us).await?;
            playbacks::delete_all(tx, customer).await?;
            entitlements::delete_all(tx, customer).await?;
            watchlist::delete_all(tx, customer).await?;
            mail_tokens::delete_all(tx, customer).await?;
            mail_notices::delete_all(tx, customer).await?;
            self.withdraw_mails(tx, customer).await?;
            orders::anonymise(tx, customer).await?;
            attempts::forget_devices(tx, customer).await?;
            customers::erase(tx, customer, now_us).await?;
            Ok(ended)
        })?;
        self.revocations.end(&ended);
        security::account_deleted(customer, context);
        Ok(())
    }

    /// Checks the present password and returns its hash. The transaction that follows checks that it is [the same](expect_same).
    pub(crate) async fn expect_password(
        &self,
        customer: CustomerId,
        present: &str,
        context: &rpc::Context,
    ) -> Result<String> {
        let hash = customers::password_hash(&self.db, customer).await?;
        let hash = hash.ok_or(Fault::SignedOut)?;
        let present = Password::shown(present).map_err(|_too_long| Fault::WrongPassword)?;
        let gates = self.attempts.of_present_password(&customer.to_string(), context);
        self.attempts.begin(&gates, context).await?;
        if self.hashing.matches(present, Some(hash.clone())).await? {
            self.attempts.was_right(&gates).await?;
            return Ok(hash);
        }
        security::password_refused(customer, context);
        Err(Fault::WrongPassword)
    }
}
