//! Revoked sessions: those that ended while signed identities of them may still be valid, as far as this process knows.
//!
//! Rent keeps them in its database; each of its processes reads them there, and the gateways follow a stream of rent's.
//! A process that receives this feed trusts an identity until it expires. A process that does not trusts an identity
//! only while it is [fresh](FRESH_US), so losing the feed never extends access.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

/// How old an identity may be while the feed is not received, in microseconds.
pub const FRESH_US: i64 = 2 * 1_000_000;
/// How long after its last message the feed counts as received. Together with the feed's interval this is below two
/// seconds.
pub const HEARD_FOR: Duration = Duration::from_millis(1_200);
/// How long an open stream may continue without the feed: as long as the identity that opened it is valid.
const UNHEARD_LIMIT: Duration = Duration::from_mins(1);
/// How long an ended session is remembered; every identity of it has expired by then.
const REMEMBERED: Duration = Duration::from_mins(5);
/// How often an open stream checks whether the feed is still received.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// The ended sessions that one process knows of. Clones share them.
#[derive(Debug, Clone)]
pub struct Revocations(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    ended: RwLock<HashMap<Box<str>, Instant>>,
    heard_at: RwLock<Option<Instant>>,
    /// Wakes [`Revocations::until_ended`] and the receivers of [`Revocations::subscribe`].
    heard: watch::Sender<()>,
}

impl Default for Revocations {
    fn default() -> Self {
        Self(Arc::new(Shared {
            ended: RwLock::default(),
            heard_at: RwLock::default(),
            heard: watch::Sender::new(()),
        }))
    }
}

impl Revocations {
    /// Records sessions that this process has ended itself, without waiting for the feed to report them.
    pub fn end(&self, sessions: &[String]) {
        if !sessions.is_empty() {
            self.note(Instant::now(), sessions);
            self.0.heard.send_replace(());
        }
    }

    /// Records the sessions of a feed message, which may be none, and that the feed was received.
    pub fn hear(&self, sessions: &[String]) {
        self.hear_as_of(Instant::now(), sessions);
    }

    /// Like [`Self::hear`], for a message that was true at an earlier moment, such as when a query began that took some
    /// time.
    pub fn hear_as_of(&self, moment: Instant, sessions: &[String]) {
        self.note(Instant::now(), sessions);
        *self.0.heard_at.write().unwrap_or_else(PoisonError::into_inner) = Some(moment);
        self.0.heard.send_replace(());
    }

    fn note(&self, now: Instant, sessions: &[String]) {
        let mut ended = self.0.ended.write().unwrap_or_else(PoisonError::into_inner);
        ended.retain(|_, noted_at| now.duration_since(*noted_at) < REMEMBERED);
        for session in sessions {
            ended.entry(session.as_str().into()).or_insert(now);
        }
    }

    /// Whether the feed was received so recently that a session it did not report has not ended.
    pub fn is_heard(&self) -> bool {
        self.is_heard_at(Instant::now(), HEARD_FOR)
    }

    fn is_heard_at(&self, now: Instant, limit: Duration) -> bool {
        let heard_at = *self.0.heard_at.read().unwrap_or_else(PoisonError::into_inner);
        heard_at.is_some_and(|at| now.saturating_duration_since(at) < limit)
    }

    /// Whether this session is known to have ended.
    pub fn has_ended(&self, session: &str) -> bool {
        self.0
            .ended
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .contains_key(session)
    }

    /// The sessions that are known to have ended.
    pub fn ended(&self) -> Vec<String> {
        let ended = self.0.ended.read().unwrap_or_else(PoisonError::into_inner);
        ended.keys().map(std::string::ToString::to_string).collect()
    }

    /// Subscribes to the feed: each of its messages wakes the receiver, also one without sessions.
    pub fn subscribe(&self) -> watch::Receiver<()> {
        self.0.heard.subscribe()
    }

    /// Waits for the end of this session, for a stream that outlives the identity that opened it. Returns also when the
    /// feed has not been received for as long as an identity is valid, so that the stream ends then too.
    pub async fn until_ended(&self, session: &str) {
        let begun = Instant::now();
        let mut heard = self.subscribe();
        loop {
            let now = Instant::now();
            let unheard = now.duration_since(begun) > UNHEARD_LIMIT && !self.is_heard_at(now, UNHEARD_LIMIT);
            if self.has_ended(session) || unheard {
                return;
            }
            // Check again, whether a message came or the time has passed.
            let _ = tokio::time::timeout(LOOK_EVERY, heard.changed()).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sessions(names: &[&str]) -> Vec<String> {
        names.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_is_not_heard_for_a_while_is_not_trusted() {
        let revocations = Revocations::default();
        assert!(!revocations.is_heard(), "nothing was heard yet");
        revocations.end(&sessions(&["a"]));
        assert!(!revocations.is_heard(), "one's own word is not the feed's");
        let now = Instant::now();
        revocations.hear_as_of(now, &[]);
        assert!(revocations.is_heard_at(now, HEARD_FOR));
        assert!(!revocations.is_heard_at(now + HEARD_FOR, HEARD_FOR));
    }

    #[test]
    fn an_ended_session_is_known_for_longer_than_its_identities_are_valid() {
        let revocations = Revocations::default();
        let now = Instant::now();
        revocations.note(now, &sessions(&["a"]));
        assert!(revocations.has_ended("a") && !revocations.has_ended("b"));
        revocations.note(now + Duration::from_mins(2), &sessions(&["b"]));
        assert!(revocations.has_ended("a"));
        revocations.note(now + REMEMBERED, &[]);
        assert_eq!(revocations.ended(), ["b"], "what is remembered has an end");
    }

    #[tokio::test]
    async fn a_stream_waits_for_the_end_of_its_own_session() {
        let revocations = Revocations::default();
        revocations.hear(&[]);
        let waiting = tokio::spawn({
            let revocations = revocations.clone();
            async move { revocations.until_ended("a").await }
        });
        revocations.hear(&sessions(&["b"]));
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        revocations.end(&sessions(&["a"]));
        waiting.await.unwrap();
    }
}
