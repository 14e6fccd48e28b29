//! Playback sessions: the lease under which a film plays, on how many devices, and until when.
//!
//! A rental's viewing window starts with its first picture, not when its player opens: a film that does not play costs no
//! time. Until then the session is short ([`Limits::first_picture`]), and a player that says nothing cannot watch in it:
//! a position beyond the film's beginning, or more of its bytes than a first picture needs, counts as a picture.

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

/// The furthest position that is kept for a film whose running time is not known.
const POSITION_LIMIT_SECONDS: i32 = 12 * 60 * 60;

/// A playback session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Playback {
    pub(crate) id: PlaybackId,
    pub(crate) customer: CustomerId,
    pub(crate) entitlement: EntitlementId,
    pub(crate) title: TitleId,
    pub(crate) opened_at_us: i64,
    /// No lease reaches beyond this.
    pub(crate) ends_at_us: i64,
    /// The session lives until then; its player renews it.
    pub(crate) lease_until_us: i64,
    pub(crate) taken_over: bool,
    /// What it plays on, as its owner would call it.
    pub(crate) device: String,
    /// The session that its viewer is signed in with, which it ends with; noted by who opens it.
    pub(crate) session: String,
    /// Whether it plays a rental that has not shown a picture yet.
    pub(crate) awaits_picture: bool,
}

/// A session that lives, as far as the rules for another one must know.
#[derive(Debug, Clone)]
pub(crate) struct LiveStream {
    pub(crate) playback: PlaybackId,
    pub(crate) entitlement: EntitlementId,
    pub(crate) title_name: String,
    pub(crate) device: String,
}

/// Who watches, and the session that they are signed in with.
#[derive(Debug, Clone)]
pub(crate) struct Viewer {
    pub(crate) customer: CustomerId,
    pub(crate) session: String,
}

/// What a customer says who presses play.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    pub(crate) confirm_start: bool,
    pub(crate) take_over: bool,
    pub(crate) device: String,
    /// The client's own name for the session: opened again under it, it is the same one.
    pub(crate) key: Option<IdempotencyKey>,
}

/// The session that a wish opens, and those that end for it.
#[derive(Debug)]
pub(crate) struct Opening {
    pub(crate) playback: Playback,
    pub(crate) taken_over: Vec<PlaybackId>,
}

/// Opens a playback session.
///
/// `finishing_until_us` is the end of a session of the same rental that was playing when its window ended, if it has:
/// the film may be finished, and a player that reloads then goes on until the same moment.
pub(crate) fn open(
    id: PlaybackId,
    entitlement: &Entitlement,
    streams: &[LiveStream],
    finishing_until_us: Option<i64>,
    wish: &Wish,
    limits: &Limits,
    now_us: i64,
) -> Result<Opening> {
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

/// The streams that end so that this one may begin. A rental plays on one device, an account on a few; whoever takes
/// over ends what else plays the same film.
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

/// When a session ends at the latest that opens now, or shows the first picture. A film that is playing when its window ends may be finished:
/// until its running time has passed once.
fn last_moment(entitlement: &Entitlement, limits: &Limits, now_us: i64) -> i64 {
    let longest_us = now_us + duration_us(limits.playback);
    if entitlement.awaits_picture() {
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

    /// The player shows a picture at this position, or says that it does: whether that starts the rental's clock is the
    /// answer. The session then lasts as long as the film may be watched.
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

    /// Whether what a player reports means that it shows a picture for the first time.
    pub(crate) fn shows_first_picture(&self, says_so: bool, position_seconds: i32) -> bool {
        self.awaits_picture && (says_so || position_seconds > 0)
    }

    /// The player was heard of.
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

/// A position that a player may keep: within the film.
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
