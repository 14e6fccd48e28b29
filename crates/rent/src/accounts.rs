//! Accounts: opening one, signing in and out, and the links in mails that prove an address or change a password.

use std::sync::Arc;

use rpc::identity::{Identity, Signer, VALIDITY_US};
use store::{Clock, Db, Feed, Ids, Randomness, write_tx};
use tokio_util::task::TaskTracker;

use crate::customer::{Customer, Email, Language, Name, Password};
use crate::device::{Device, DeviceSession};
use crate::fault::{Fault, Result};
use crate::id::CustomerId;
use crate::limits::Limits;
use crate::mail::{Letter, Mail, Mailer};
use crate::password::PasswordHashing;
use crate::secret::{Secret, SecretHash};
use crate::store::{customers, mail_tokens, sessions};
use crate::time::{HOUR_US, duration_us};

pub(crate) struct Accounts {
    pub(crate) db: Db,
    pub(crate) feed: Feed,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn Ids>,
    pub(crate) randomness: Arc<dyn Randomness>,
    pub(crate) hashing: PasswordHashing,
    pub(crate) signer: Signer,
    pub(crate) mailer: Arc<dyn Mailer>,
    /// Where the links in mails lead.
    pub(crate) public_url: String,
    pub(crate) limits: Limits,
    /// Mails on their way; they are waited for when the store closes.
    pub(crate) tasks: TaskTracker,
}

/// What somebody says who opens an account.
#[derive(Debug)]
pub(crate) struct NewCustomer {
    pub(crate) email: Email,
    pub(crate) name: Name,
    pub(crate) password: Password,
    pub(crate) language: Language,
    pub(crate) device: Device,
}

/// A session with its token, which is shown this once.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) token: Secret,
    pub(crate) customer: Customer,
    pub(crate) expires_at_us: i64,
}

/// A customer's identity, signed for the services.
#[derive(Debug)]
pub(crate) struct SignedIdentity {
    pub(crate) signed: String,
    pub(crate) customer: Customer,
    pub(crate) expires_at_us: i64,
}

impl Accounts {
    /// Opens an account, signs in, and sends the mail that verifies the address.
    pub(crate) async fn open(self: &Arc<Self>, new: NewCustomer) -> Result<Session> {
        // Looked up before as well as at the insert: a taken address should not cost a hash.
        if customers::find_by_email(&self.db, &new.email).await?.is_some() {
            return Err(Fault::EmailTaken);
        }
        let hash = self.hashing.hash(new.password, self.random()).await?;
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
            let written = customers::insert(tx, &customer, &hash).await?;
            if written { Ok(()) } else { Err(Fault::EmailTaken) }
        })?;
        self.send_soon(Letter::VerifyEmail, customer.clone());
        self.begin_session(customer, new.device).await
    }

    /// Signs in. An unknown address and a wrong password get the same answer, after the same work.
    pub(crate) async fn sign_in(&self, email: &str, password: &str, device: Device) -> Result<Session> {
        let password = Password::shown(password)?;
        let known = match Email::parse(email) {
            Ok(email) => customers::find_by_email(&self.db, &email).await?,
            Err(_) => None,
        };
        let (customer, hash) = known.unzip();
        let right = self.hashing.matches(password, hash).await?;
        match customer {
            Some(customer) if right => self.begin_session(customer, device).await,
            _ => Err(Fault::WrongCredentials),
        }
    }

    /// Ends a session; a token that is none ends nothing.
    pub(crate) async fn sign_out(&self, token: &str) -> Result<()> {
        let Some(token) = SecretHash::of_shown(token) else {
            return Ok(());
        };
        write_tx!(self.db, |tx| -> Result<()> { Ok(sessions::delete(tx, token).await?) })
    }

    /// A signed identity for whoever holds a session's token.
    pub(crate) async fn authenticate(&self, token: &str) -> Result<SignedIdentity> {
        let now_us = self.clock.now_us();
        let token = SecretHash::of_shown(token).ok_or(Fault::SignedOut)?;
        let session = sessions::find(&self.db, token, now_us).await?;
        let found = session.ok_or(Fault::SignedOut)?;
        self.note_seen(token, found.seen_at_us, now_us).await;
        let customer = found.customer;
        let identity = Identity {
            customer_id: customer.id.to_string(),
            staff: customer.staff,
            expires_at_us: found.expires_at_us.min(now_us + VALIDITY_US),
        };
        Ok(SignedIdentity {
            signed: self.signer.sign(&identity).map_err(Fault::internal)?,
            customer,
            expires_at_us: identity.expires_at_us,
        })
    }

    pub(crate) async fn customer(&self, customer: CustomerId) -> Result<Customer> {
        let found = customers::find(&self.db, customer).await?;
        // An identity outlives its account by a minute at most.
        found.ok_or(Fault::SignedOut)
    }

    /// Sends the mail that resets a password, if there is such an account. Nobody can tell from outside.
    pub(crate) async fn request_reset(self: &Arc<Self>, email: &str) -> Result<()> {
        let email = Email::parse(email)?;
        if let Some((customer, _)) = customers::find_by_email(&self.db, &email).await? {
            self.send_soon(Letter::ResetPassword, customer);
        }
        Ok(())
    }

    /// Sets the password for whoever holds the mail's token, and signs out every session.
    pub(crate) async fn reset_password(&self, token: &str, password: &str) -> Result<()> {
        let token = SecretHash::of_shown(token).ok_or(Fault::LinkEnded)?;
        let owner = mail_tokens::find(&self.db, token, Letter::ResetPassword, self.clock.now_us()).await?;
        let customer = self.customer(owner.ok_or(Fault::LinkEnded)?).await?;
        let password = Password::choose(password, &[customer.email.as_str(), customer.name.as_str()])?;
        let hash = self.hashing.hash(password, self.random()).await?;
        write_tx!(self.db, |tx| -> Result<()> {
            // Looked up again: of two who redeem it at once, one does.
            let now_us = self.clock.now_us();
            let owner = mail_tokens::find(&mut *tx, token, Letter::ResetPassword, now_us).await?;
            let owner = owner.ok_or(Fault::LinkEnded)?;
            mail_tokens::use_up(tx, owner, Letter::ResetPassword).await?;
            customers::write_password(tx, owner, &hash).await?;
            // Who reads the mail has the address.
            customers::verify_email(tx, owner).await?;
            Ok(sessions::delete_all(tx, owner).await?)
        })
    }

    /// Sends the mail that verifies the customer's address.
    pub(crate) async fn request_verification(&self, customer: CustomerId) -> Result<()> {
        let customer = self.customer(customer).await?;
        self.send(Letter::VerifyEmail, &customer).await
    }

    /// Notes that whoever holds the mail's token has the address.
    pub(crate) async fn verify_email(&self, token: &str) -> Result<()> {
        let token = SecretHash::of_shown(token).ok_or(Fault::LinkEnded)?;
        write_tx!(self.db, |tx| -> Result<()> {
            let owner = mail_tokens::find(&mut *tx, token, Letter::VerifyEmail, self.clock.now_us()).await?;
            let owner = owner.ok_or(Fault::LinkEnded)?;
            mail_tokens::use_up(tx, owner, Letter::VerifyEmail).await?;
            Ok(customers::verify_email(tx, owner).await?)
        })
    }

    /// Makes whoever has this address staff.
    pub(crate) async fn make_staff(&self, email: &str) -> Result<Customer> {
        let email = Email::parse(email)?;
        write_tx!(self.db, |tx| -> Result<Customer> {
            let found = customers::find_by_email(&mut *tx, &email).await?;
            let (customer, _) = found.ok_or(Fault::CustomerNotFound)?;
            customers::make_staff(tx, customer.id).await?;
            Ok(Customer {
                staff: true,
                ..customer
            })
        })
    }

    /// Notes now and then that a session is in use; nobody is kept out because it could not be noted.
    async fn note_seen(&self, token: SecretHash, seen_at_us: i64, now_us: i64) {
        if now_us - seen_at_us < duration_us(self.limits.seen_every) {
            return;
        }
        let noted = write_tx!(self.db, row by row, |tx| -> Result<()> {
            Ok(sessions::write_seen(tx, token, now_us).await?)
        });
        if let Err(fault) = noted {
            tracing::warn!(?fault, "it could not be noted that a session is in use");
        }
    }

    async fn begin_session(&self, customer: Customer, device: Device) -> Result<Session> {
        let now_us = self.clock.now_us();
        let token = Secret::new(self.random());
        let expires_at_us = now_us + duration_us(self.limits.session);
        write_tx!(self.db, |tx| -> Result<()> {
            let session = DeviceSession {
                token: token.hash(),
                device: device.clone(),
                created_at_us: now_us,
                seen_at_us: now_us,
            };
            sessions::insert(tx, customer.id, &session, expires_at_us).await?;
            Ok(sessions::trim(tx, customer.id, self.limits.sessions_per_customer, now_us).await?)
        })?;
        Ok(Session {
            token,
            customer,
            expires_at_us,
        })
    }

    /// Sends a letter while the caller goes on: neither how long it takes nor how it ends shows from outside.
    fn send_soon(self: &Arc<Self>, letter: Letter, customer: Customer) {
        let accounts = Arc::clone(self);
        self.tasks.spawn(async move {
            if let Err(fault) = accounts.send(letter, &customer).await {
                tracing::warn!(customer = %customer.id, letter = letter.name(), ?fault, "a mail was not sent");
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

    async fn send(&self, letter: Letter, customer: &Customer) -> Result<()> {
        self.send_to(&customer.email, letter, customer).await
    }

    /// Writes a letter with a new link and sends it, unless the customer got enough of them in the last hour.
    pub(crate) async fn send_to(&self, address: &Email, letter: Letter, customer: &Customer) -> Result<()> {
        let now_us = self.clock.now_us();
        let token = Secret::new(self.random());
        let expires_at_us = now_us + duration_us(letter.validity(&self.limits));
        write_tx!(self.db, |tx| -> Result<()> {
            let written = mail_tokens::written_after(&mut *tx, customer.id, letter, now_us - HOUR_US).await?;
            if let Some(nth_last_us) = written.iter().rev().nth(self.limits.mails_per_hour.saturating_sub(1)) {
                let retry_after_us = nth_last_us + HOUR_US - now_us;
                return Err(Fault::too_many_mails(retry_after_us));
            }
            Ok(mail_tokens::insert(tx, token.hash(), customer.id, letter, address, now_us, expires_at_us).await?)
        })?;
        let to = Customer {
            email: address.clone(),
            ..customer.clone()
        };
        let mail = letter.write(&to, &self.public_url, token.as_str(), &self.limits, now_us);
        self.mailer.send(mail).await.map_err(Fault::internal)
    }

    pub(crate) fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.randomness.fill(&mut bytes);
        bytes
    }
}
