//! Limits how often something may be tried: wrong passwords by account and network, new accounts and mails by network
//! and address. The counts are in the database, so all replicas share them, whichever of them a try reaches.
//!
//! A wrong password is counted three times. For the account from this network: so an attacker elsewhere cannot lock the
//! owner out. For the network: so an attacker cannot try one password on many accounts. And, with a far higher limit,
//! for the account from any network. A device on which the customer has signed in before has a count of its own, so it
//! is let through when others are not. A network is an IPv4 address or an IPv6 /64 ([`rpc::Context::client_network`]).
//!
//! A try is counted before its password is checked, and the count is taken back if the password is right: otherwise
//! many tries at the same time would all pass a limit that each of them finds open.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use sha2::{Digest, Sha256};
use store::{Clock, Db, write_tx};

use crate::account::store::attempts;
use crate::fault::{Fault, Result};
use crate::limits::{AttemptLimit, AttemptLimits};
use crate::secret::SecretHash;
use crate::security;
use crate::time::{MINUTE_US, duration_us};

const SUBJECT_BYTES: usize = 16;
/// How often expired windows are deleted.
const FORGET_EVERY_US: i64 = MINUTE_US;

/// What a count is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Wrong passwords for an account from a network.
    AccountFromNetwork,
    /// Wrong passwords for an account on a device that it knows.
    AccountOnDevice,
    /// Wrong passwords for any account from a network.
    Network,
    /// Wrong passwords for an account from any network.
    Account,
    /// Wrong present passwords of a signed-in customer, from a network.
    PresentPassword,
    SignUpsFromNetwork,
    MailsToAddress,
    MailsFromNetwork,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::AccountFromNetwork => "account_from_network",
            Self::AccountOnDevice => "account_on_device",
            Self::Network => "network",
            Self::Account => "account",
            Self::PresentPassword => "present_password",
            Self::SignUpsFromNetwork => "sign_ups_from_network",
            Self::MailsToAddress => "mails_to_address",
            Self::MailsFromNetwork => "mails_from_network",
        }
    }

    fn limit(self, limits: &AttemptLimits) -> AttemptLimit {
        match self {
            Self::AccountFromNetwork | Self::AccountOnDevice | Self::PresentPassword => limits.wrong_passwords,
            Self::Network => limits.wrong_passwords_of_a_network,
            Self::Account => limits.wrong_passwords_of_an_account,
            Self::SignUpsFromNetwork => limits.sign_ups_of_a_network,
            Self::MailsToAddress => limits.mails_to_an_address,
            Self::MailsFromNetwork => limits.mails_of_a_network,
        }
    }
}

/// One count that a try has to pass.
#[derive(Debug, Clone)]
pub(crate) struct Gate {
    pub(crate) kind: Kind,
    pub(crate) subject: [u8; SUBJECT_BYTES],
    pub(crate) window_us: i64,
    tries: i64,
}

/// Counts tries, and refuses those beyond a limit.
pub(crate) struct Attempts {
    db: Db,
    clock: Arc<dyn Clock>,
    /// `None` counts nothing.
    limits: Option<AttemptLimits>,
    forgotten_at_us: AtomicI64,
}

impl Attempts {
    pub(crate) fn new(db: Db, clock: Arc<dyn Clock>, limits: Option<AttemptLimits>) -> Self {
        Self {
            db,
            clock,
            limits,
            forgotten_at_us: AtomicI64::new(0),
        }
    }

    /// The counts for a sign-in to an account, named by its folded address; they are the same if there is no such account.
    pub(crate) fn of_sign_in(&self, account: &str, device: Option<SecretHash>, context: &rpc::Context) -> Vec<Gate> {
        if let Some(device) = device {
            return self.gates(&[(Kind::AccountOnDevice, &[account.as_bytes(), &device.0])]);
        }
        let network = network(context);
        self.gates(&[
            (Kind::AccountFromNetwork, &[account.as_bytes(), network.as_bytes()]),
            (Kind::Network, &[network.as_bytes()]),
            (Kind::Account, &[account.as_bytes()]),
        ])
    }

    pub(crate) fn of_present_password(&self, customer: &str, context: &rpc::Context) -> Vec<Gate> {
        let network = network(context);
        self.gates(&[(Kind::PresentPassword, &[customer.as_bytes(), network.as_bytes()])])
    }

    pub(crate) fn of_sign_up(&self, context: &rpc::Context) -> Vec<Gate> {
        self.by_network(Kind::SignUpsFromNetwork, context)
    }

    pub(crate) fn of_mail_from(&self, context: &rpc::Context) -> Vec<Gate> {
        self.by_network(Kind::MailsFromNetwork, context)
    }

    pub(crate) fn of_mail_to(&self, address: &str) -> Vec<Gate> {
        self.gates(&[(Kind::MailsToAddress, &[address.as_bytes()])])
    }

    /// The count by network; there is none for a call without a network, as the store's own tools make.
    fn by_network(&self, kind: Kind, context: &rpc::Context) -> Vec<Gate> {
        match context.client_network() {
            Some(network) => self.gates(&[(kind, &[network.to_string().as_bytes()])]),
            None => Vec::new(),
        }
    }

    fn gates(&self, counted: &[(Kind, &[&[u8]])]) -> Vec<Gate> {
        let Some(limits) = &self.limits else { return Vec::new() };
        let gate = |(kind, parts): &(Kind, &[&[u8]])| {
            let AttemptLimit { tries, window } = kind.limit(limits);
            Gate {
                kind: *kind,
                subject: subject(parts),
                window_us: duration_us(window),
                tries,
            }
        };
        counted.iter().map(gate).collect()
    }

    /// Counts a try, or refuses it without counting it if there were too many.
    pub(crate) async fn begin(&self, gates: &[Gate], context: &rpc::Context) -> Result<()> {
        if gates.is_empty() {
            return Ok(());
        }
        let now_us = self.clock.now_us();
        // Read before the transaction, so that a client that is refused again and again causes no writes.
        for gate in gates {
            if let Some((tries, until_us)) = attempts::tried(&self.db, gate, now_us).await?
                && tries >= gate.tries
            {
                return Err(refused(gate, until_us - now_us, context));
            }
        }
        self.forget_over(now_us).await?;
        let over = write_tx!(self.db, read committed, |tx| -> Result<()> {
            for gate in gates {
                let (tries, until_us) = attempts::count(tx, gate, now_us).await?;
                if tries > gate.tries {
                    return Err(Fault::too_many_attempts(gate.kind.name(), until_us - now_us));
                }
            }
            Ok(())
        });
        if let Err(Fault::TooManyAttempts { kind, .. }) = &over {
            security::limit_hit(kind, context);
        }
        over
    }

    /// Takes back the counts of a try that was right, and deletes those of this account from here.
    pub(crate) async fn was_right(&self, gates: &[Gate]) -> Result<()> {
        if gates.is_empty() {
            return Ok(());
        }
        write_tx!(self.db, read committed, |tx| -> Result<()> {
            for gate in gates {
                match gate.kind {
                    Kind::Network | Kind::Account => attempts::take_back(tx, gate).await?,
                    _ => attempts::forget(tx, gate).await?,
                }
            }
            Ok(())
        })
    }

    async fn forget_over(&self, now_us: i64) -> Result<()> {
        let forgotten_at_us = self.forgotten_at_us.load(Ordering::Relaxed);
        if (now_us - forgotten_at_us).abs() < FORGET_EVERY_US {
            return Ok(());
        }
        self.forgotten_at_us.store(now_us, Ordering::Relaxed);
        write_tx!(self.db, read committed, |tx| -> Result<()> { Ok(attempts::forget_over(tx, now_us).await?) })
    }
}

fn refused(gate: &Gate, wait_us: i64, context: &rpc::Context) -> Fault {
    security::limit_hit(gate.kind.name(), context);
    Fault::too_many_attempts(gate.kind.name(), wait_us)
}

fn network(context: &rpc::Context) -> String {
    context
        .client_network()
        .map(|network| network.to_string())
        .unwrap_or_default()
}

/// The hash of what is counted, so that the table holds neither addresses nor networks.
fn subject(parts: &[&[u8]]) -> [u8; SUBJECT_BYTES] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    let mut subject = [0; SUBJECT_BYTES];
    subject.copy_from_slice(&hash.finalize()[..SUBJECT_BYTES]);
    subject
}

/// The time that is left of a window.
pub(crate) fn wait(wait_us: i64) -> Duration {
    Duration::from_micros(u64::try_from(wait_us).unwrap_or_default())
}
