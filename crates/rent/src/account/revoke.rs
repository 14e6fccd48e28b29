//! Revocation: the one function that ends sessions and everything that depends on them, and how other processes learn of it.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use rpc::revocations::Revocations;
use store::{Clock, Db, Tx};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::account::store::attempts;
use crate::account::store::mail_tokens;
use crate::customer::session::session_id;
use crate::customer::store::customers;
use crate::customer::store::sessions;
use crate::fault::{Fault, Result};
use crate::id::CustomerId;
use crate::mail::message::LinkMail;
use crate::playback::store::playbacks;
use crate::secret::SecretHash;
use crate::time::MINUTE_US;

/// How often each process reads ended sessions from the database.
const POLL_EVERY: Duration = Duration::from_millis(400);
/// How far back each read goes: longer than the validity of an identity, the longest transaction, and the difference of clocks.
const LATELY_US: i64 = 3 * MINUTE_US;
/// The age after which rows are deleted.
const KEPT_US: i64 = 10 * MINUTE_US;
/// If more sessions than this ended lately, a process cannot know all of them, so it accepts no identity without asking rent.
const ENDED_LIMIT: i64 = 50_000;

/// Which sessions and links end.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Scope {
    /// One session signs out.
    Session(SecretHash),
    /// The customer ends the session of another device, and the links that were requested on it.
    Device(SecretHash),
    /// Every session but one, and every link.
    Others { kept: Option<SecretHash> },
    /// Every session and every link.
    All,
}

/// Ends sessions of a customer, their players, and the links that were sent: everything by which an attacker could get
/// back in or take the account over. Only the link that reverts a change of address stays: otherwise an attacker who
/// has changed the address could end it by changing something else.
///
/// Returns the sessions that ended; after the commit, the caller passes them to [`Revocations::end`] for this process.
pub(crate) async fn revoke(tx: &mut Tx, customer: CustomerId, scope: Scope, now_us: i64) -> Result<Vec<String>> {
    // Until this transaction ends, no player of the customer opens or continues.
    customers::lock(tx, customer).await?;
    let ended = match scope {
        Scope::Session(token) | Scope::Device(token) => sessions::delete(tx, customer, token).await?,
        Scope::Others { kept } => sessions::delete_others(tx, customer, kept).await?,
        Scope::All => sessions::delete_others(tx, customer, None).await?,
    };
    match scope {
        Scope::Session(_) => {}
        Scope::Device(_) => mail_tokens::use_up(tx, customer, LinkMail::ChangeEmail).await?,
        Scope::Others { .. } | Scope::All => {
            mail_tokens::use_up_all(tx, customer).await?;
            // An attacker may have signed in on a device, so no device is let through any more.
            attempts::forget_devices(tx, customer).await?;
        }
    }
    match scope {
        Scope::Session(_) | Scope::Device(_) => {}
        Scope::Others { kept } => {
            let kept = kept.map(session_id).unwrap_or_default();
            playbacks::end_others(tx, customer, &kept, now_us).await?;
        }
        Scope::All => playbacks::end_all(tx, customer, now_us).await?,
    }
    note_ended(tx, customer, ended, now_us).await
}

/// Records deleted sessions for every process to read, and ends their players.
pub(crate) async fn note_ended(
    tx: &mut Tx,
    customer: CustomerId,
    ended: Vec<SecretHash>,
    now_us: i64,
) -> Result<Vec<String>> {
    let ended: Vec<_> = ended.into_iter().map(session_id).collect();
    for session in &ended {
        playbacks::end_of_session(tx, customer, session, now_us).await?;
        sessions::note_ended(tx, session, now_us).await?;
    }
    if !ended.is_empty() {
        sessions::forget_ended(tx, now_us - KEPT_US).await?;
    }
    Ok(ended)
}

/// Reads ended sessions from the database, so that this process refuses the sessions that another process ended.
#[derive(Clone)]
pub struct RevocationFeed {
    pub(crate) db: Db,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) revocations: Revocations,
}

impl RevocationFeed {
    /// Reads at intervals until it is cancelled.
    pub async fn run(&self, cancel: CancellationToken) {
        let read = async {
            loop {
                if let Err(error) = self.read().await {
                    // Until a read succeeds, identities are not accepted; the code that needs them logs that as an error.
                    tracing::debug!(%error, "ended sessions could not be read");
                }
                tokio::time::sleep(POLL_EVERY).await;
            }
        };
        cancel.run_until_cancelled(read).await;
    }

    async fn read(&self) -> std::result::Result<(), store::Error> {
        let begun = Instant::now();
        let after_us = self.clock.now_us() - LATELY_US;
        let ended = sessions::ended_after(&self.db, after_us, ENDED_LIMIT).await?;
        if i64::try_from(ended.len()).is_ok_and(|ended| ended < ENDED_LIMIT) {
            self.revocations.hear_as_of(begun, &ended);
        }
        Ok(())
    }
}

/// A stream to another process, which follows ended sessions through this one.
pub(crate) struct EndedWatch {
    revocations: Revocations,
    heard: watch::Receiver<()>,
    told: HashSet<String>,
}

impl EndedWatch {
    pub(crate) fn new(revocations: Revocations) -> Self {
        let mut heard = revocations.subscribe();
        heard.mark_changed();
        Self {
            revocations,
            heard,
            told: HashSet::new(),
        }
    }

    /// The sessions that ended since the last message. While this process cannot read them itself, it sends no message.
    pub(crate) async fn next(&mut self) -> Result<Vec<String>> {
        loop {
            self.heard.changed().await.map_err(Fault::internal)?;
            if self.revocations.is_heard() {
                let known = self.revocations.ended();
                let fresh: Vec<_> = known.iter().filter(|one| !self.told.contains(*one)).cloned().collect();
                self.told = known.into_iter().collect();
                return Ok(fresh);
            }
        }
    }
}
