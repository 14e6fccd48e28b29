//! Opening, renewing, ending and checking playback sessions.

use std::sync::Arc;

use rpc::revocations::Revocations;
use store::jobs::Jobs;
use store::{Clock, Db, Ids, Source, Tx, write_tx};

use crate::catalogue::Offers;
use crate::customer::store::customers;
use crate::customer::store::sessions;
use crate::fault::{Fault, Result};
use crate::id::{CustomerId, EntitlementId, PlaybackId};
use crate::library::changes::Changes;
use crate::library::entitlement::{Entitlement, EntitlementState};
use crate::library::reminder::schedule_reminder;
use crate::library::store::entitlements;
use crate::limits::Limits;
use crate::playback::lease_poller::LeasePoller;
use crate::playback::media_token::{MediaToken, SigningKey};
use crate::playback::signing_keys::SigningKeys;
use crate::playback::store::playbacks;
use crate::playback::{self, Playback, Viewer, Wish};
use crate::security;
use crate::time::HOUR_US;

/// How long the row of an ended session is kept.
const REMEMBERED_US: i64 = 24 * HOUR_US;

pub(crate) struct Player {
    pub(crate) db: Db,
    pub(crate) jobs: Jobs,
    pub(crate) changes: Changes,
    pub(crate) catalogue: Offers,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn Ids>,
    pub(crate) keys: SigningKeys,
    pub(crate) revocations: Revocations,
    pub(crate) lease_poller: LeasePoller,
    pub(crate) limits: Limits,
}

/// A playback session as its player sees it.
#[derive(Debug)]
pub(crate) struct Playing {
    pub(crate) playback: Playback,
    pub(crate) media_token: String,
    pub(crate) position_seconds: i32,
    /// The end of a rental's viewing window, which starts with the first picture.
    pub(crate) watch_until_us: Option<i64>,
}

/// A player's report.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Report {
    pub(crate) position_seconds: i32,
    /// The player shows a picture.
    pub(crate) picture_shown: bool,
}

impl Playing {
    fn new(playback: Playback, entitlement: &Entitlement, key: &SigningKey) -> Self {
        Self {
            media_token: key.sign(playback.customer, playback.id),
            position_seconds: entitlement.position_seconds,
            watch_until_us: entitlement.watch_until_us(),
            playback,
        }
    }
}

impl Player {
    /// Opens a playback session, or finds the one that the same client opened with the same key.
    ///
    /// The customer's row is locked first, so the calls of one customer run one after another, and those of different
    /// customers do not conflict.
    pub(crate) async fn open(
        &self,
        viewer: &Viewer,
        entitlement: EntitlementId,
        wish: Wish,
        context: &rpc::Context,
    ) -> Result<Playing> {
        let customer = viewer.customer;
        self.expect_media(customer, entitlement, &wish, context).await?;
        let key = self.keys.current().await?;
        let now_us = self.clock.now_us();
        let id = PlaybackId::new(self.ids.next());
        write_tx!(self.db, read committed, |tx| -> Result<Playing> {
            let entitlement = held_in_turn(tx, customer, entitlement).await?;
            // Checked inside the transaction: a sign-in session that has just ended must not open a playback session.
            if !sessions::hold(tx, customer, &viewer.session).await? {
                return Err(Fault::SignedOut);
            }
            if let Some(client_key) = &wish.key
                && let Some(mut earlier) = playbacks::find_by_key(&mut *tx, customer, client_key).await?
            {
                if earlier.entitlement != entitlement.id || earlier.session != viewer.session {
                    return Err(Fault::IdempotencyKeyReused);
                }
                earlier.renew(&self.limits, now_us)?;
                playbacks::write_lease(tx, &earlier).await?;
                return Ok(Playing::new(earlier, &entitlement, &key));
            }
            let streams = playbacks::live(&mut *tx, customer, now_us).await?;
            let finishing_until_us = finishing_until_us(tx, &entitlement, now_us).await?;
            let mut opening = playback::open(
                id,
                &entitlement,
                &streams,
                finishing_until_us,
                &wish,
                &self.limits,
                now_us,
            )?;
            opening.playback.session.clone_from(&viewer.session);
            for other in opening.taken_over {
                playbacks::take_over(tx, customer, other, now_us).await?;
            }
            playbacks::forget(tx, customer, now_us - REMEMBERED_US).await?;
            playbacks::insert(tx, &opening.playback, wish.key.as_ref()).await?;
            Ok(Playing::new(opening.playback, &entitlement, &key))
        })
    }

    /// Refuses to open a rental that has not started if its title has no film to play: its viewing window would lose
    /// hours that the customer paid for.
    async fn expect_media(
        &self,
        customer: CustomerId,
        entitlement: EntitlementId,
        wish: &Wish,
        context: &rpc::Context,
    ) -> Result<()> {
        let entitlement = held(&self.db, customer, entitlement).await?;
        if wish.confirm_start && entitlement.state(self.clock.now_us()) == EntitlementState::NotStarted {
            self.catalogue.expect_media(&entitlement.title, context).await?;
        }
        Ok(())
    }

    /// Continues a session of the same player, if its lease is valid.
    pub(crate) async fn resume(
        &self,
        viewer: &Viewer,
        entitlement: EntitlementId,
        playback: PlaybackId,
    ) -> Result<Option<Playing>> {
        let customer = viewer.customer;
        let key = self.keys.current().await?;
        let now_us = self.clock.now_us();
        write_tx!(self.db, read committed, |tx| -> Result<Option<Playing>> {
            let entitlement = held_in_turn(tx, customer, entitlement).await?;
            let found = playbacks::find(&mut *tx, customer, playback).await?;
            let is_own = |found: &Playback| found.entitlement == entitlement.id && found.session == viewer.session;
            let Some(mut playback) = found.filter(is_own) else {
                return Ok(None);
            };
            if playback.renew(&self.limits, now_us).is_err() {
                return Ok(None);
            }
            playbacks::write_lease(tx, &playback).await?;
            Ok(Some(Playing::new(playback, &entitlement, &key)))
        })
    }

    /// Starts a rental's viewing window, for the bearer of a media token to whom the gateway delivered more of the film
    /// than a first picture needs. A window that has started stays as it is.
    pub(crate) async fn start_viewing(&self, media_token: &str, context: &rpc::Context) -> Result<()> {
        let playback = self.check(media_token, context).await?;
        if playback.awaits_picture {
            self.show_picture(playback.customer, playback.id).await?;
        }
        Ok(())
    }

    /// Starts a rental's viewing window with its first picture, once.
    async fn show_picture(&self, customer: CustomerId, playback: PlaybackId) -> Result<(Playback, Entitlement)> {
        let now_us = self.clock.now_us();
        write_tx!(self.db, read committed, |tx| -> Result<(Playback, Entitlement)> {
            if !customers::lock(tx, customer).await? {
                return Err(Fault::SignedOut);
            }
            let found = playbacks::find(&mut *tx, customer, playback).await?;
            let mut playback = found.ok_or(Fault::PlaybackEnded)?;
            let mut entitlement = held(&mut *tx, customer, playback.entitlement).await?;
            if playback.show_picture(&mut entitlement, &self.limits, now_us)? {
                let revision = self.changes.next_revision(tx, customer).await?;
                entitlements::write_start(tx, &entitlement, revision).await?;
                schedule_reminder(&self.jobs, tx, &entitlement).await?;
            }
            playbacks::write_lease(tx, &playback).await?;
            Ok((playback, entitlement))
        })
    }

    /// Stores the position and renews the lease. The first picture starts a rental's viewing window.
    pub(crate) async fn update(
        &self,
        customer: CustomerId,
        entitlement: EntitlementId,
        playback: PlaybackId,
        report: Report,
    ) -> Result<Playing> {
        let key = self.keys.current().await?;
        let now_us = self.clock.now_us();
        let mut playback = playing(&self.db, customer, entitlement, playback).await?;
        playback.renew(&self.limits, now_us)?;
        let mut entitlement = held(&self.db, customer, entitlement).await?;
        let position_seconds = playback::check_position(report.position_seconds, &entitlement)?;
        if playback.shows_first_picture(report.picture_shown, position_seconds) {
            (playback, entitlement) = self.show_picture(customer, playback.id).await?;
        }
        entitlement.position_seconds = position_seconds;
        let renewed = write_tx!(self.db, read committed, |tx| -> Result<bool> {
            let lives = playbacks::renew(tx, &playback, now_us).await?;
            if lives {
                entitlements::write_position(tx, &entitlement).await?;
            }
            Ok(lives)
        })?;
        if !renewed {
            // The session ended after it was read: another read shows how.
            let mut ended = playing(&self.db, customer, entitlement.id, playback.id).await?;
            ended.renew(&self.limits, now_us)?;
            return Err(Fault::PlaybackEnded);
        }
        Ok(Playing::new(playback, &entitlement, &key))
    }

    /// The device on which this film plays now; empty if the client gave none, or if it does not play.
    pub(crate) async fn device(&self, customer: CustomerId, entitlement: EntitlementId) -> Result<String> {
        let streams = playbacks::live(&self.db, customer, self.clock.now_us()).await?;
        let latest = streams.into_iter().rfind(|stream| stream.entitlement == entitlement);
        Ok(latest.map(|stream| stream.device).unwrap_or_default())
    }

    /// Ends a playback session. A session that has ended stays ended.
    pub(crate) async fn close(
        &self,
        customer: CustomerId,
        entitlement: EntitlementId,
        playback: PlaybackId,
    ) -> Result<()> {
        let now_us = self.clock.now_us();
        write_tx!(self.db, read committed, |tx| -> Result<()> {
            if !customers::lock(tx, customer).await? {
                return Err(Fault::PlaybackEnded);
            }
            let mut playback = playing(&mut *tx, customer, entitlement, playback).await?;
            playback.lease_until_us = playback.lease_until_us.min(now_us);
            Ok(playbacks::write_lease(tx, &playback).await?)
        })
    }

    /// The valid session that a media token names. Any other token gets one and the same fault.
    pub(crate) async fn check(&self, media_token: &str, context: &rpc::Context) -> Result<Playback> {
        let Some(token) = MediaToken::parse(media_token) else {
            security::media_token_forged(context);
            return Err(Fault::PlaybackEnded);
        };
        // Keys are kept for longer than their tokens are valid, so a token with an unknown key number was made up.
        let key = self.keys.find(token.key_number).await?;
        if !key.is_some_and(|key| key.has_signed(&token)) {
            security::media_token_forged(context);
            return Err(Fault::PlaybackEnded);
        }
        let found = playbacks::find(&self.db, token.customer, token.playback).await?;
        let living = found.filter(|playback| playback.is_live(self.clock.now_us()));
        living.ok_or(Fault::PlaybackEnded)
    }
}

async fn held(on: impl Source, customer: CustomerId, entitlement: EntitlementId) -> Result<Entitlement> {
    let found = entitlements::find(on, customer, entitlement).await?;
    found.ok_or(Fault::EntitlementNotFound)
}

/// The entitlement, with the customer's row locked: until the transaction ends, no other call of theirs opens or ends a session.
async fn held_in_turn(tx: &mut Tx, customer: CustomerId, entitlement: EntitlementId) -> Result<Entitlement> {
    if !customers::lock(tx, customer).await? {
        return Err(Fault::SignedOut);
    }
    held(tx, customer, entitlement).await
}

async fn playing(
    on: impl Source,
    customer: CustomerId,
    entitlement: EntitlementId,
    playback: PlaybackId,
) -> Result<Playback> {
    let found = playbacks::find(on, customer, playback).await?;
    let found = found.filter(|playback| playback.entitlement == entitlement);
    found.ok_or(Fault::PlaybackEnded)
}

/// Until when a film may be watched to its end that was playing when its window ended; `None` while the window lasts.
async fn finishing_until_us(tx: &mut Tx, entitlement: &Entitlement, now_us: i64) -> Result<Option<i64>> {
    match entitlement.watch_until_us() {
        Some(window_end_us) if window_end_us <= now_us => {
            Ok(playbacks::finishing_until_us(&mut *tx, entitlement, window_end_us).await?)
        }
        _ => Ok(None),
    }
}
