//! Accounts: opening one, signing in and out, and signing identities.

pub(crate) mod attempts;
pub(crate) mod changes;
pub(crate) mod email_change;
pub(crate) mod export;
mod mail_links;
pub(crate) mod mails;
pub(crate) mod new_password;
pub(crate) mod password;
pub(crate) mod revoke;
mod service;
mod staff;
pub(crate) mod store;
mod wire;

use std::sync::Arc;

use ::store::jobs::Jobs;
use ::store::{Clock, Db, Ids, Randomness, Tx, write_tx};
use rpc::Permission;
use rpc::identity::{Identity, Signer, VALIDITY_US};
use rpc::revocations::Revocations;
use tokio_util::task::TaskTracker;

use crate::account::attempts::Attempts;
use crate::account::new_password::Password;
use crate::account::password::PasswordHashing;
use crate::account::revoke::{Scope, note_ended, revoke};
use crate::account::store::mail_tokens;
use crate::customer::session::{Device, DeviceSession, session_id};
use crate::customer::store::customers;
use crate::customer::store::sessions;
use crate::customer::{Customer, Email, Language, Name};
use crate::fault::{Fault, Result};
use crate::id::CustomerId;
use crate::limits::Limits;
use crate::mail::message::LinkMail;
use crate::secret::{Secret, SecretHash};
use crate::security;
use crate::time::duration_us;

pub(crate) struct Accounts {
    pub(crate) db: Db,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn Ids>,
    pub(crate) randomness: Arc<dyn Randomness>,
    pub(crate) hashing: PasswordHashing,
    pub(crate) signer: Arc<Signer>,
    pub(crate) revocations: Revocations,
    pub(crate) jobs: Jobs,
    pub(crate) attempts: Attempts,
    pub(crate) limits: Limits,
    /// Requests for mails that run in tasks of their own; the store waits for them when it closes.
    pub(crate) tasks: TaskTracker,
}

/// The request to open an account.
#[derive(Debug)]
pub(crate) struct NewCustomer {
    pub(crate) email: Email,
    pub(crate) name: Name,
    pub(crate) password: Password,
    pub(crate) language: Language,
    pub(crate) device: Device,
}

/// A session with its token, which is shown only here.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) token: Secret,
    pub(crate) customer: Customer,
    pub(crate) expires_at_us: i64,
    /// The token by which the device is recognized from now on; `None` if it has shown a known one.
    pub(crate) device_token: Option<Secret>,
}

/// The request to sign in.
#[derive(Debug)]
pub(crate) struct SignIn<'a> {
    pub(crate) email: &'a str,
    pub(crate) password: &'a str,
    pub(crate) device: Device,
    /// The device token that an earlier session on the device got.
    pub(crate) device_token: &'a str,
}

/// A customer's identity, signed for the services.
#[derive(Debug)]
pub(crate) struct SignedIdentity {
    pub(crate) signed: String,
    pub(crate) session_id: String,
    pub(crate) customer: Customer,
    pub(crate) expires_at_us: i64,
}

impl Accounts {
    /// Opens an account, signs in, and has the mail sent that verifies the address.
    pub(crate) async fn open(self: &Arc<Self>, new: NewCustomer, context: &rpc::Context) -> Result<Session> {
        self.attempts.begin(&self.attempts.of_sign_up(context), context).await?;
        // Checked before the insert too, because a taken address should not cost a password hash.
        if customers::find_by_email(&self.db, &new.email).await?.is_some() {
            return Err(Fault::EmailTaken);
        }
        let hash = self.hashing.hash(new.password, self.random()).await?;
        let is_welcomed = self.may_welcome(&new.email, context).await?;
        let now_us = self.clock.now_us();
        let customer = Customer {
            id: CustomerId::new(self.ids.next()),
            email: new.email,
            name: new.name,
            email_verified: false,
            language: new.language,
            staff: false,
            reminders: true,
            created_at_us: now_us,
        };
        write_tx!(self.db, |tx| -> Result<()> {
            self.expect_free(tx, &customer.email, None).await?;
            let written = customers::insert(tx, &customer, &hash).await?;
            if !written {
                return Err(Fault::EmailTaken);
            }
            if is_welcomed {
                self.request_link(tx, LinkMail::VerifyEmail, customer.id, &customer.email)
                    .await?;
            }
            Ok(())
        })?;
        security::signed_up(customer.id, context);
        self.begin_session(customer, new.device, &hash, None).await
    }

    /// Refuses an address that belongs to an account, or that one can revert to. `own` is the account that may have it.
    pub(crate) async fn expect_free(&self, tx: &mut Tx, email: &Email, own: Option<CustomerId>) -> Result<()> {
        let is_taken = customers::find_by_email(&mut *tx, email).await?.is_some();
        let keeper = mail_tokens::reserved_by(&mut *tx, email, self.clock.now_us()).await?;
        if is_taken || (keeper.is_some() && keeper != own) {
            return Err(Fault::EmailTaken);
        }
        Ok(())
    }

    /// Signs in. An unknown address and a wrong password get the same answer, after the same work.
    pub(crate) async fn sign_in(&self, who: SignIn<'_>, context: &rpc::Context) -> Result<Session> {
        let password = Password::shown(who.password)?;
        let email = Email::parse(who.email).ok();
        let known = match &email {
            Some(email) => customers::find_by_email(&self.db, email).await?,
            None => None,
        };
        let (customer, hash) = known.unzip();
        let device = self.known_device(customer.as_ref(), who.device_token).await?;
        let account = email.map_or_else(|| who.email.trim().to_lowercase(), |email| email.folded());
        let gates = self.attempts.of_sign_in(&account, device, context);
        self.attempts.begin(&gates, context).await?;
        let right = self.hashing.matches(password, hash.clone()).await?;
        let (Some(customer), Some(hash), true) = (&customer, hash, right) else {
            security::sign_in_refused(customer.as_ref().map(|customer| customer.id), context);
            return Err(Fault::WrongCredentials);
        };
        let session = self.begin_session(customer.clone(), who.device, &hash, device).await?;
        self.attempts.was_right(&gates).await?;
        security::signed_in(customer.id, context);
        Ok(session)
    }

    /// The hash of the device's token, if the customer has signed in on the device before.
    async fn known_device(&self, customer: Option<&Customer>, token: &str) -> Result<Option<SecretHash>> {
        let Some(device) = SecretHash::of_shown(token) else {
            return Ok(None);
        };
        // The query runs even if there is no such customer, so that the answer takes as long.
        let customer = customer.map_or_else(|| CustomerId::new(uuid::Uuid::nil()), |customer| customer.id);
        let is_known = store::attempts::is_device_known(&self.db, customer, device).await?;
        Ok(is_known.then_some(device))
    }

    /// Ends a session; a token of no session has no effect.
    pub(crate) async fn sign_out(&self, token: &str, context: &rpc::Context) -> Result<()> {
        let Some(token) = SecretHash::of_shown(token) else {
            return Ok(());
        };
        let ended = write_tx!(self.db, |tx| -> Result<Option<(CustomerId, Vec<String>)>> {
            let Some(owner) = sessions::owner(&mut *tx, token).await? else {
                return Ok(None);
            };
            let ended = revoke(tx, owner, Scope::Session(token), self.clock.now_us()).await?;
            Ok(Some((owner, ended)))
        })?;
        if let Some((owner, ended)) = ended {
            self.revocations.end(&ended);
            security::signed_out(owner, context);
        }
        Ok(())
    }

    /// A signed identity for the bearer of a session's token.
    pub(crate) async fn authenticate(&self, shown: &str, context: &rpc::Context) -> Result<SignedIdentity> {
        let now_us = self.clock.now_us();
        let token = SecretHash::of_shown(shown);
        let session = match token {
            Some(token) => sessions::find(&self.db, token, now_us).await?,
            None => None,
        };
        let (Some(token), Some(found)) = (token, session) else {
            // Gateways call without a token to check that this service answers; that is not logged as an event.
            if !shown.is_empty() {
                security::session_refused(context);
            }
            return Err(Fault::SignedOut);
        };
        self.note_seen(token, found.seen_at_us, now_us).await;
        let customer = found.customer;
        let identity = Identity {
            customer_id: customer.id.to_string(),
            session_id: session_id(token),
            staff: customer.staff,
            permissions: permissions_of(&customer),
            signed_at_us: now_us,
            expires_at_us: found.expires_at_us.min(now_us + VALIDITY_US),
        };
        Ok(SignedIdentity {
            signed: self.signer.sign(&identity).map_err(Fault::internal)?,
            session_id: identity.session_id,
            customer,
            expires_at_us: identity.expires_at_us,
        })
    }

    pub(crate) async fn customer(&self, customer: CustomerId) -> Result<Customer> {
        let found = customers::find(&self.db, customer).await?;
        // The account may have been deleted: an identity is valid for up to a minute after that.
        found.ok_or(Fault::SignedOut)
    }

    /// Records at intervals that a session is in use. If that fails, the call still succeeds.
    async fn note_seen(&self, token: SecretHash, seen_at_us: i64, now_us: i64) {
        if now_us - seen_at_us < duration_us(self.limits.seen_every) {
            return;
        }
        let noted = write_tx!(self.db, read committed, |tx| -> Result<()> {
            Ok(sessions::write_seen(tx, token, now_us).await?)
        });
        if let Err(fault) = noted {
            tracing::warn!(?fault, "it could not be noted that a session is in use");
        }
    }

    /// Begins a session after the password with this hash was shown or chosen. If the account has another hash by now,
    /// the password was changed in between, and the session is refused.
    async fn begin_session(
        &self,
        customer: Customer,
        device: Device,
        password_hash: &str,
        known: Option<SecretHash>,
    ) -> Result<Session> {
        let now_us = self.clock.now_us();
        let token = Secret::new(self.random());
        let device_token = known.is_none().then(|| Secret::new(self.random()));
        let expires_at_us = now_us + duration_us(self.limits.session);
        let ended = write_tx!(self.db, |tx| -> Result<Vec<String>> {
            // The oldest sessions may end here. The lock keeps players from opening for them until they have ended.
            customers::lock(tx, customer.id).await?;
            let present = customers::password_hash(&mut *tx, customer.id).await?;
            if present.as_deref() != Some(password_hash) {
                return Err(Fault::WrongCredentials);
            }
            let session = DeviceSession {
                token: token.hash(),
                device: device.clone(),
                created_at_us: now_us,
                seen_at_us: now_us,
            };
            sessions::insert(tx, customer.id, &session, expires_at_us).await?;
            if let Some(device) = known.or_else(|| device_token.as_ref().map(Secret::hash)) {
                let kept = self.limits.known_devices_per_customer;
                store::attempts::note_device(tx, customer.id, device, kept, now_us).await?;
            }
            let beyond = sessions::trim(tx, customer.id, self.limits.sessions_per_customer, now_us).await?;
            note_ended(tx, customer.id, beyond, now_us).await
        })?;
        self.revocations.end(&ended);
        Ok(Session {
            token,
            customer,
            expires_at_us,
            device_token,
        })
    }

    pub(crate) fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.randomness.fill(&mut bytes);
        bytes
    }
}

/// A caller's permissions: staff have all of them, other customers none.
fn permissions_of(customer: &Customer) -> Vec<String> {
    let all = Permission::ALL.iter().filter(|_| customer.staff);
    all.map(|permission| permission.name().to_owned()).collect()
}
