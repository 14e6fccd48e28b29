//! Watching: opening, renewing, ending and checking playback sessions.

use std::sync::Arc;

use rpc::revocations::Revocations;
use store::{Clock, Db, Feed, Ids, Source, Tx, write_tx};

use crate::catalogue::Offers;
use crate::entitlement::{Entitlement, EntitlementState};
use crate::fault::{Fault, Result};
use crate::id::{CustomerId, EntitlementId, PlaybackId};
use crate::limits::Limits;
use crate::look::Looks;
use crate::media_token::MediaToken;
use crate::playback::{self, Playback, Viewer, Wish};
use crate::security;
use crate::signing_keys::SigningKeys;
use crate::store::{entitlements, playbacks, sessions};
use crate::time::HOUR_US;

/// How long a session that has ended is remembered.
const REMEMBERED_US: i64 = 24 * HOUR_US;

pub(crate) struct Player {
    pub(crate) db: Db,
    pub(crate) feed: Feed,
    pub(crate) catalogue: Offers,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn Ids>,
    pub(crate) keys: SigningKeys,
    pub(crate) revocations: Revocations,
    pub(crate) looks: Looks,
    pub(crate) limits: Limits,
}

/// A playback session as its player sees it.
#[derive(Debug)]
pub(crate) struct Playing {
    pub(crate) playback: Playback,
    pub(crate) media_token: String,
    pub(crate) position_seconds: i32,
    /// The end of a rental's window, which runs from the first play on.
    pub(crate) watch_until_us: Option<i64>,
}

impl Player {
    /// Opens a playback session, which starts a rental's clock if it is the first.
    pub(crate) async fn open(
        &self,
        viewer: &Viewer,
        entitlement: EntitlementId,
        wish: Wish,
        context: &rpc::Context,
    ) -> Result<Playing> {
        let customer = viewer.customer;
        let starts = self.clock_would_start(customer, entitlement, &wish, context).await?;
        let key = self.keys.current().await?;
        let now_us = self.clock.now_us();
        let id = PlaybackId::new(self.ids.next());
        write_tx!(self.db, |tx| -> Result<Playing> {
            if starts {
                self.feed.line_up(tx).await?;
            }
            // Asked here, where it is decided: who was signed out a moment ago opens nothing.
            if !sessions::stands(&mut *tx, customer, &viewer.session).await? {
                return Err(Fault::SignedOut);
            }
            let mut entitlement = held(&mut *tx, customer, entitlement).await?;
            let was_started = entitlement.started_at_us.is_some();
            let streams = playbacks::live(&mut *tx, customer, now_us).await?;
            let finishing_until_us = finishing_until_us(tx, &entitlement, now_us).await?;
            let mut opening = playback::open(
                id,
                &mut entitlement,
                &streams,
                finishing_until_us,
                &wish,
                &self.limits,
                now_us,
            )?;
            opening.playback.session.clone_from(&viewer.session);
            if entitlement.started_at_us.is_some() && !was_started {
                let revision = self.feed.next_revision(tx).await?;
                entitlements::write_start(tx, &entitlement, revision).await?;
            }
            for other in opening.taken_over {
                playbacks::take_over(tx, customer, other, now_us).await?;
            }
            playbacks::forget(tx, customer, now_us - REMEMBERED_US).await?;
            playbacks::insert(tx, &opening.playback).await?;
            Ok(Playing {
                media_token: key.sign(customer, id),
                position_seconds: entitlement.position_seconds,
                watch_until_us: entitlement.watch_until_us(),
                playback: opening.playback,
            })
        })
    }

    /// Whether this play would be a rental's first. It is refused for a film that has nothing to play: that clock would
    /// take hours that were paid for.
    async fn clock_would_start(
        &self,
        customer: CustomerId,
        entitlement: EntitlementId,
        wish: &Wish,
        context: &rpc::Context,
    ) -> Result<bool> {
        let found = entitlements::find(&self.db, customer, entitlement).await?;
        let entitlement = found.ok_or(Fault::EntitlementNotFound)?;
        let starts = wish.confirm_start && entitlement.state(self.clock.now_us()) == EntitlementState::NotStarted;
        if starts {
            self.catalogue.expect_media(&entitlement.title, context).await?;
        }
        Ok(starts)
    }

    /// Goes on with a session of the same player, if it still lives.
    pub(crate) async fn go_on(
        &self,
        viewer: &Viewer,
        entitlement: EntitlementId,
        playback: PlaybackId,
    ) -> Result<Option<Playing>> {
        let customer = viewer.customer;
        let key = self.keys.current().await?;
        let now_us = self.clock.now_us();
        write_tx!(self.db, |tx| -> Result<Option<Playing>> {
            let found = playbacks::find(&mut *tx, customer, playback).await?;
            let is_own = |found: &Playback| found.entitlement == entitlement && found.session == viewer.session;
            let Some(mut playback) = found.filter(is_own) else {
                return Ok(None);
            };
            if playback.renew(&self.limits, now_us).is_err() {
                return Ok(None);
            }
            playbacks::write_lease(tx, &playback).await?;
            let entitlement = held(&mut *tx, customer, entitlement).await?;
            Ok(Some(Playing {
                media_token: key.sign(customer, playback.id),
                position_seconds: entitlement.position_seconds,
                watch_until_us: entitlement.watch_until_us(),
                playback,
            }))
        })
    }

    /// Keeps the position and renews the lease.
    pub(crate) async fn update(
        &self,
        customer: CustomerId,
        entitlement: EntitlementId,
        playback: PlaybackId,
        position_seconds: i32,
    ) -> Result<Playing> {
        let key = self.keys.current().await?;
        let now_us = self.clock.now_us();
        let mut playback = playing(&self.db, customer, entitlement, playback).await?;
        playback.renew(&self.limits, now_us)?;
        let mut entitlement = held(&self.db, customer, entitlement).await?;
        entitlement.position_seconds = playback::check_position(position_seconds, &entitlement)?;
        let renewed = write_tx!(self.db, row by row, |tx| -> Result<bool> {
            let lives = playbacks::renew(tx, &playback, now_us).await?;
            if lives {
                entitlements::write_position(tx, &entitlement).await?;
            }
            Ok(lives)
        })?;
        if !renewed {
            // It ended between the look and the write: another look says how.
            let mut ended = playing(&self.db, customer, entitlement.id, playback.id).await?;
            ended.renew(&self.limits, now_us)?;
            return Err(Fault::PlaybackEnded);
        }
        Ok(Playing {
            media_token: key.sign(customer, playback.id),
            position_seconds: entitlement.position_seconds,
            watch_until_us: entitlement.watch_until_us(),
            playback,
        })
    }

    /// What this film plays on now; empty where nobody said, or it does not play.
    pub(crate) async fn device(&self, customer: CustomerId, entitlement: EntitlementId) -> Result<String> {
        let streams = playbacks::live(&self.db, customer, self.clock.now_us()).await?;
        let latest = streams.into_iter().rfind(|stream| stream.entitlement == entitlement);
        Ok(latest.map(|stream| stream.device).unwrap_or_default())
    }

    /// Ends a playback session. One that has ended stays so.
    pub(crate) async fn close(
        &self,
        customer: CustomerId,
        entitlement: EntitlementId,
        playback: PlaybackId,
    ) -> Result<()> {
        let now_us = self.clock.now_us();
        write_tx!(self.db, |tx| -> Result<()> {
            let mut playback = playing(&mut *tx, customer, entitlement, playback).await?;
            playback.lease_until_us = playback.lease_until_us.min(now_us);
            Ok(playbacks::write_lease(tx, &playback).await?)
        })
    }

    /// The living session that a media token names. Everything else about the token is one and the same answer.
    pub(crate) async fn check(&self, media_token: &str, context: &rpc::Context) -> Result<Playback> {
        let Some(token) = MediaToken::parse(media_token) else {
            security::media_token_forged(context);
            return Err(Fault::PlaybackEnded);
        };
        let key = self.keys.find(token.key_number).await?.ok_or(Fault::PlaybackEnded)?;
        if !key.has_signed(&token) {
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

/// Until when a film may be finished that was playing when its window ended; none while the window lasts.
async fn finishing_until_us(tx: &mut Tx, entitlement: &Entitlement, now_us: i64) -> Result<Option<i64>> {
    match entitlement.watch_until_us() {
        Some(window_end_us) if window_end_us <= now_us => {
            Ok(playbacks::finishing_until_us(&mut *tx, entitlement, window_end_us).await?)
        }
        _ => Ok(None),
    }
}
