//! Playback sessions: the lease under which a film plays, on how many devices it may play, and until when.
//!
//! A rental's viewing window starts with its first picture, not when its player opens: a film that fails to play costs the
//! customer no time. Until then the session is short ([`Limits::first_picture`]), and a player cannot avoid reporting the
//! picture: a position beyond the film's beginning, or more of its bytes than a first picture needs, counts as one.

pub(crate) mod conversation;
pub(crate) mod lease_poller;
pub(crate) mod media_token;
pub(crate) mod player;
mod service;
pub(crate) mod signing_keys;
pub(crate) mod store;
mod wire;

use crate::fault::{Fault, Result};
use crate::id::{CustomerId, EntitlementId, PlaybackId, TitleId};
use crate::library::entitlement::{Entitlement, Holding};
use crate::limits::Limits;
use crate::order::IdempotencyKey;
use crate::time::duration_us;

/// The largest position of a film whose running time is not known.
const POSITION_LIMIT_SECONDS: i32 = 12 * 60 * 60;

/// A playback session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Playback {
    pub(crate) id: PlaybackId,
    pub(crate) customer: CustomerId,
    pub(crate) entitlement: EntitlementId,
    pub(crate) title: TitleId,
    pub(crate) opened_at_us: i64,
    /// No lease lasts beyond this.
    pub(crate) ends_at_us: i64,
    /// The session ends then unless its player renews it.
    pub(crate) lease_until_us: i64,
    pub(crate) taken_over: bool,
    /// The device that it plays on, as its owner would call it.
    pub(crate) device: String,
    /// The sign-in session of its viewer: when that ends, this ends. Set by the code that opens it.
    pub(crate) session: String,
    /// Whether the first picture of what it plays was not shown yet.
    pub(crate) awaits_picture: bool,
}

/// What the rules for a new session must know of one that is alive.
#[derive(Debug, Clone)]
pub(crate) struct LiveStream {
    pub(crate) playback: PlaybackId,
    pub(crate) entitlement: EntitlementId,
    pub(crate) title_name: String,
    pub(crate) device: String,
}

/// The customer who watches, and the session that they are signed in with.
#[derive(Debug, Clone)]
pub(crate) struct Viewer {
    pub(crate) customer: CustomerId,
    pub(crate) session: String,
}

/// The request of a customer who presses play.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    pub(crate) confirm_start: bool,
    pub(crate) take_over: bool,
    pub(crate) device: String,
    /// The client's own name for the session: opening again with the same key returns the same session.
    pub(crate) key: Option<IdempotencyKey>,
}

/// The session that was opened, and those that end because of it.
#[derive(Debug)]
pub(crate) struct Opening {
    pub(crate) playback: Playback,
    pub(crate) taken_over: Vec<PlaybackId>,
}

/// Opens a playback session.
///
/// `finishing_until_us` is the end of an earlier session of the same rental that was playing when the window ended, if
/// there is one: the film may be watched to its end, and a player that reloads may continue until the same moment.
pub(crate) fn open(
    id: PlaybackId,
    entitlement: &Entitlement,
    streams: &[LiveStream],
    finishing_until_us: Option<i64>,
    wish: &Wish,
    limits: &Limits,
    now_us: i64,
) -> Result<Opening> {
    if entitlement.ended_at_us.is_some() {
        return Err(Fault::AccessEnded);
    }
    let taken_over = make_room(entitlement, streams, wish.take_over, limits)?;
    let ends_at_us = match finishing_until_us {
        Some(until_us) if now_us < until_us => until_us,
        _ => {
            entitlement.admit(wish.confirm_start, now_us)?;
            last_moment(entitlement, limits, now_us)
        }
    };
    let mut playback = Playback {
        id,
        customer: entitlement.customer,
        entitlement: entitlement.id,
        title: entitlement.title.clone(),
        opened_at_us: now_us,
        ends_at_us,
        lease_until_us: ends_at_us,
        taken_over: false,
        device: wish.device.clone(),
        session: String::new(),
        awaits_picture: entitlement.awaits_picture(),
    };
    playback.renew(limits, now_us)?;
    Ok(Opening { playback, taken_over })
}

/// The streams that end so that this one may begin. A rental plays on one device at a time, an account on a few; taking
/// over ends the other streams of the same film.
fn make_room(
    entitlement: &Entitlement,
    streams: &[LiveStream],
    take_over: bool,
    limits: &Limits,
) -> Result<Vec<PlaybackId>> {
    let plays_the_same = |stream: &&LiveStream| stream.entitlement == entitlement.id;
    let is_rental = entitlement.holding != Holding::Purchase;
    if is_rental
        && !take_over
        && let Some(playing) = streams.iter().find(plays_the_same)
    {
        let device = playing.device.clone();
        return Err(Fault::PlayingElsewhere { device });
    }
    let (ending, going_on): (Vec<_>, Vec<_>) = streams.iter().partition(|stream| take_over && plays_the_same(stream));
    if going_on.len() >= limits.streams_per_customer {
        let titles = going_on.iter().map(|stream| stream.title_name.clone()).collect();
        return Err(Fault::TooManyStreams { titles });
    }
    Ok(ending.iter().map(|stream| stream.playback).collect())
}

/// The latest end of a session that opens now, or that shows its first picture now. A film that is playing when its
/// window ends may be watched to its end: until its running time has passed once.
fn last_moment(entitlement: &Entitlement, limits: &Limits, now_us: i64) -> i64 {
    let longest_us = now_us + duration_us(limits.playback);
    if entitlement.awaits_picture() && entitlement.holding != Holding::Purchase {
        return now_us + duration_us(limits.first_picture);
    }
    match entitlement.watch_until_us() {
        None => longest_us,
        Some(watch_until_us) => watch_until_us.max(now_us + entitlement.runtime_us()).min(longest_us),
    }
}

impl Playback {
    pub(crate) fn is_live(&self, now_us: i64) -> bool {
        now_us < self.lease_until_us
    }

    /// The player shows a picture at this position, or says so; true if it is the first, which starts a rental's viewing
    /// window. The session then lasts as long as the film may be watched.
    pub(crate) fn show_picture(&mut self, entitlement: &mut Entitlement, limits: &Limits, now_us: i64) -> Result<bool> {
        self.renew(limits, now_us)?;
        let starts = entitlement.show_picture(now_us);
        if starts {
            self.ends_at_us = last_moment(entitlement, limits, now_us);
            self.renew(limits, now_us)?;
        }
        self.awaits_picture = false;
        Ok(starts)
    }

    /// Whether a player's report means that it shows a picture for the first time.
    pub(crate) fn shows_first_picture(&self, says_so: bool, position_seconds: i32) -> bool {
        self.awaits_picture && (says_so || position_seconds > 0)
    }

    /// Renews the lease, because the player sent a message.
    pub(crate) fn renew(&mut self, limits: &Limits, now_us: i64) -> Result<()> {
        if self.taken_over {
            return Err(Fault::PlaybackTakenOver);
        }
        if !self.is_live(now_us) {
            return Err(Fault::PlaybackEnded);
        }
        self.lease_until_us = self.ends_at_us.min(now_us + duration_us(limits.lease));
        Ok(())
    }
}

/// The position that is stored for a player: within the film.
pub(crate) fn check_position(seconds: i32, entitlement: &Entitlement) -> Result<i32> {
    let film_seconds = entitlement.runtime_minutes.saturating_mul(60);
    let limit = if film_seconds > 0 {
        film_seconds
    } else {
        POSITION_LIMIT_SECONDS
    };
    if seconds < 0 {
        return Err(Fault::invalid("position_seconds", "A position is not negative."));
    }
    Ok(seconds.min(limit))
}

#[cfg(test)]
mod tests;
