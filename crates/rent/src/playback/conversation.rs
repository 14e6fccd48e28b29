//! The playback session as a conversation: the player opens it and reports its position; the store grants and renews
//! the lease, tells the player when another device takes over or the window ends, and ends the session.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::future::OptionFuture;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior};

use crate::fault::{Fault, Result};
use crate::id::{EntitlementId, PlaybackId};
use crate::playback::lease_poller::Lease;
use crate::playback::player::{Player, Playing, Report};
use crate::playback::{Viewer, Wish};
use crate::time::SECOND_US;

/// How often the lease of a session is queried, even if its player sends nothing.
const POLL_EVERY: Duration = Duration::from_secs(1);
/// How often a position is written; in between it is kept in memory.
const WRITE_EVERY: Duration = Duration::from_secs(5);
/// How long before the end of its window a player is warned.
const WINDOW_WARNING_US: i64 = 5 * 60 * SECOND_US;
/// How many events may wait for a player to receive them.
const EVENTS: usize = 8;

/// A message of the player.
#[derive(Debug)]
pub(crate) enum Said {
    Open {
        entitlement: EntitlementId,
        wish: Wish,
        /// The session to continue after the connection was cut.
        playback: Option<PlaybackId>,
    },
    /// The player is still playing, at this position.
    Beat(i32),
    /// The player moved to this position.
    Seek(i32),
    Stop(i32),
    /// The player shows its first picture, at this position.
    PictureShown(i32),
}

/// A message of the store.
#[derive(Debug)]
pub(crate) enum Event {
    Granted(Playing),
    Renewed(Playing),
    Asked(Question),
    WindowEnding { watch_until_us: i64 },
    Displaced { device: String },
    Ended,
}

/// What the customer has to confirm before the session opens.
#[derive(Debug)]
pub(crate) enum Question {
    /// The viewing window would start.
    StartNotConfirmed { viewing_window_hours: i32 },
    /// Another player would be stopped.
    PlayingElsewhere { device: String },
}

/// The messages of a player; a fault in it comes from the transport.
pub(crate) type Words = Pin<Box<dyn futures::Stream<Item = Result<Said>> + Send>>;

/// Runs the conversation in a task of its own, which writes the last position however the player leaves.
pub(crate) fn play(
    player: Arc<Player>,
    viewer: Viewer,
    context: rpc::Context,
    words: Words,
) -> (mpsc::Receiver<Result<Event>>, impl Future<Output = ()> + Send + 'static) {
    let (events, heard) = mpsc::channel(EVENTS);
    let work = async move {
        let mut conversation = Conversation {
            player,
            viewer,
            context,
            events,
            session: None,
        };
        let outcome = conversation.hold(words).await;
        conversation.write_down().await;
        if let Err(fault) = outcome {
            let _ = conversation.events.send(Err(fault)).await;
        }
    };
    (heard, work)
}

struct Conversation {
    player: Arc<Player>,
    viewer: Viewer,
    context: rpc::Context,
    events: mpsc::Sender<Result<Event>>,
    session: Option<Session>,
}

/// A session that is open.
struct Session {
    entitlement: EntitlementId,
    playback: PlaybackId,
    position_seconds: i32,
    picture_shown: bool,
    watch_until_us: Option<i64>,
    /// Whether the position has been written.
    is_written: bool,
    written_at: Instant,
    is_warned: bool,
}

/// A query for a session's lease; its result is `None` if the database did not answer.
type LeaseQuery = Pin<Box<dyn Future<Output = (PlaybackId, Option<Lease>)> + Send>>;

/// Whether the conversation continues.
enum Next {
    On,
    Over,
}

impl Conversation {
    async fn hold(&mut self, mut words: Words) -> Result<()> {
        let mut poll = tokio::time::interval(POLL_EVERY);
        poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let events = self.events.clone();
        let mut query = None;
        let (revocations, session) = (self.player.revocations.clone(), self.viewer.session.clone());
        let mut signed_out = pin!(revocations.until_ended(&session));
        loop {
            let next = tokio::select! {
                // The player's last messages are handled before the conversation sees that the player has left.
                biased;
                said = words.next() => match said {
                    None => return Ok(()),
                    Some(said) => self.hear(said?).await?,
                },
                () = events.closed() => return Ok(()),
                // While a session is open, the query below finds that it has ended, and says so to the player.
                () = &mut signed_out, if self.session.is_none() => return Err(Fault::SignedOut),
                Some(lease) = OptionFuture::from(query.as_mut()) => {
                    query = None;
                    self.see(lease).await?
                }
                _ = poll.tick(), if query.is_none() => {
                    query = self.query_lease();
                    Next::On
                }
            };
            if matches!(next, Next::Over) {
                return Ok(());
            }
        }
    }

    async fn hear(&mut self, said: Said) -> Result<Next> {
        match said {
            Said::Open {
                entitlement,
                wish,
                playback,
            } => self.open(entitlement, wish, playback).await,
            Said::Beat(position_seconds) => self.beat(position_seconds, false).await,
            Said::Seek(position_seconds) => self.beat(position_seconds, true).await,
            Said::Stop(position_seconds) => self.stop(position_seconds).await,
            Said::PictureShown(position_seconds) => {
                self.session()?.picture_shown = true;
                self.beat(position_seconds, true).await
            }
        }
    }

    async fn open(&mut self, entitlement: EntitlementId, wish: Wish, again: Option<PlaybackId>) -> Result<Next> {
        if self.session.is_some() {
            return Err(Fault::invalid("message", "The session is open already."));
        }
        let opened = match again {
            Some(playback) => self.player.resume(&self.viewer, entitlement, playback).await?,
            None => None,
        };
        let opened = match opened {
            Some(playing) => Ok(playing),
            None => self.open_new(entitlement, wish, again.is_some()).await,
        };
        let playing = match opened {
            Ok(playing) => playing,
            Err(Fault::StartNotConfirmed { viewing_window_hours }) => {
                let question = Question::StartNotConfirmed { viewing_window_hours };
                return self.say(Event::Asked(question)).await;
            }
            Err(Fault::PlayingElsewhere { device }) => {
                return self.say(Event::Asked(Question::PlayingElsewhere { device })).await;
            }
            Err(fault) => return Err(fault),
        };
        self.session = Some(Session {
            entitlement,
            playback: playing.playback.id,
            position_seconds: playing.position_seconds,
            picture_shown: false,
            watch_until_us: playing.watch_until_us,
            is_written: true,
            written_at: Instant::now(),
            is_warned: false,
        });
        self.say(Event::Granted(playing)).await
    }

    /// Opens a session that does not continue an earlier one. A player that returns too late gets a new one: after a
    /// cut, or if it never received the grant of its session.
    async fn open_new(&self, entitlement: EntitlementId, wish: Wish, was_cut: bool) -> Result<Playing> {
        let new = Wish {
            key: None,
            ..wish.clone()
        };
        if was_cut || wish.key.is_none() {
            return self.player.open(&self.viewer, entitlement, new, &self.context).await;
        }
        match self.player.open(&self.viewer, entitlement, wish, &self.context).await {
            Err(Fault::PlaybackEnded) => self.player.open(&self.viewer, entitlement, new, &self.context).await,
            opened => opened,
        }
    }

    /// Takes the position of the player. The lease is renewed, and the position written, every few seconds at most.
    async fn beat(&mut self, position_seconds: i32, at_once: bool) -> Result<Next> {
        let session = self.session()?;
        session.position_seconds = position_seconds;
        session.is_written = false;
        if !at_once && session.written_at.elapsed() < WRITE_EVERY {
            return Ok(Next::On);
        }
        match self.renew().await {
            Ok(playing) => self.say(Event::Renewed(playing)).await,
            Err(fault) => self.ended(fault).await,
        }
    }

    async fn stop(&mut self, position_seconds: i32) -> Result<Next> {
        let session = self.session()?;
        session.position_seconds = position_seconds;
        session.is_written = false;
        let (entitlement, playback) = (session.entitlement, session.playback);
        if let Err(fault) = self.renew().await {
            return self.ended(fault).await;
        }
        self.session = None;
        self.player.close(self.viewer.customer, entitlement, playback).await?;
        self.say(Event::Ended).await?;
        Ok(Next::Over)
    }

    /// Starts a query of the session's lease, which runs while the player's messages are read.
    fn query_lease(&self) -> Option<LeaseQuery> {
        let playback = self.session.as_ref()?.playback;
        let (poller, customer) = (self.player.lease_poller.clone(), self.viewer.customer);
        Some(Box::pin(
            async move { (playback, poller.lease(customer, playback).await) },
        ))
    }

    /// Acts on the result of the query.
    async fn see(&mut self, (playback, lease): (PlaybackId, Option<Lease>)) -> Result<Next> {
        let session = self.session.as_mut().filter(|session| session.playback == playback);
        let (Some(session), Some(lease)) = (session, lease) else {
            // The database did not answer. The lease is still valid, and the next query comes soon.
            return Ok(Next::On);
        };
        match lease {
            Lease::Valid { now_us } => {
                let ends_soon = |until_us: &i64| until_us - now_us <= WINDOW_WARNING_US;
                match session.watch_until_us.filter(ends_soon) {
                    Some(watch_until_us) if !session.is_warned => {
                        session.is_warned = true;
                        self.say(Event::WindowEnding { watch_until_us }).await
                    }
                    _ => Ok(Next::On),
                }
            }
            Lease::TakenOver => self.ended(Fault::PlaybackTakenOver).await,
            Lease::Ended => self.ended(Fault::PlaybackEnded).await,
        }
    }

    /// Tells the player that the session ended, if it was taken over or is over; other faults are returned.
    async fn ended(&mut self, fault: Fault) -> Result<Next> {
        let event = match fault {
            Fault::PlaybackTakenOver => Event::Displaced {
                device: self.device().await,
            },
            Fault::PlaybackEnded => Event::Ended,
            fault => return Err(fault),
        };
        self.session = None;
        self.say(event).await?;
        Ok(Next::Over)
    }

    /// The device that took the session over; empty if it cannot be read, because the message is useful without it.
    async fn device(&self) -> String {
        let Some(session) = &self.session else {
            return String::new();
        };
        let device = self.player.device(self.viewer.customer, session.entitlement).await;
        device.unwrap_or_default()
    }

    async fn renew(&mut self) -> Result<Playing> {
        let session = self.session.as_mut().ok_or_else(not_open)?;
        let (entitlement, playback) = (session.entitlement, session.playback);
        let report = Report {
            position_seconds: session.position_seconds,
            picture_shown: session.picture_shown,
        };
        let playing = self
            .player
            .update(self.viewer.customer, entitlement, playback, report)
            .await?;
        session.watch_until_us = playing.watch_until_us;
        session.is_written = true;
        session.written_at = Instant::now();
        Ok(playing)
    }

    /// Writes the position of a player that left without a stop. Its lease is left to expire.
    async fn write_down(&mut self) {
        if self.session.as_ref().is_some_and(|session| !session.is_written)
            && let Err(fault) = self.renew().await
        {
            tracing::debug!(?fault, "the last position of a player could not be written");
        }
    }

    fn session(&mut self) -> Result<&mut Session> {
        self.session.as_mut().ok_or_else(not_open)
    }

    async fn say(&self, event: Event) -> Result<Next> {
        // If the receiver is gone, the player has left, and the loop learns that from the player's stream.
        let _ = self.events.send(Ok(event)).await;
        Ok(Next::On)
    }
}

fn not_open() -> Fault {
    Fault::invalid("message", "Open the session first.")
}
