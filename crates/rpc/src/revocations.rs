//! Sessions that ended while identities of them are still valid, as far as this process has heard.
//!
//! Rent keeps them in its database; each of its processes reads them there, and the gateways follow a stream of rent's.
//! Whoever hears of them trusts an identity until it expires. Whoever does not hear of them trusts it only while it is
//! [fresh](FRESH_US): a cut feed closes, it does not open.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

/// How old an identity may be where ended sessions are not heard of, in microseconds.
pub const FRESH_US: i64 = 2 * 1_000_000;
/// How long after the last message the feed counts as heard. With the feed's own pause it stays below two seconds.
pub const HEARD_FOR: Duration = Duration::from_millis(1_200);
/// How long a standing stream may go on while nothing is heard: as long as the identity that opened it is valid.
const UNHEARD_LIMIT: Duration = Duration::from_mins(1);
/// How long an ended session is remembered; every identity of it has expired by then.
const REMEMBERED: Duration = Duration::from_mins(5);
/// How often a standing stream looks whether the feed is still heard.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// The ended sessions of one process. Clones share what they know.
#[derive(Debug, Clone)]
pub struct Revocations(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    ended: RwLock<HashMap<Box<str>, Instant>>,
    heard_at: RwLock<Option<Instant>>,
    /// Wakes who waits for the end of a session, and who passes on what was heard.
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
    /// Notes sessions that this process has ended itself: nobody has to hear of them first.
    pub fn end(&self, sessions: &[String]) {
        if !sessions.is_empty() {
            self.note(Instant::now(), sessions);
            self.0.heard.send_replace(());
        }
    }

    /// Notes what the feed said, which may be nothing, and that it was heard.
    pub fn hear(&self, sessions: &[String]) {
        self.hear_as_of(Instant::now(), sessions);
    }

    /// The same for what was so at an earlier moment, as when a question was asked that took its time.
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

    /// Whether the feed was heard so lately that what it did not say has not happened.
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

    /// Follows what is heard; each message of the feed wakes, also one that says nothing.
    pub fn subscribe(&self) -> watch::Receiver<()> {
        self.0.heard.subscribe()
    }

    /// Waits for the end of this session, for a stream that stands longer than the identity that opened it. Where
    /// nothing is heard for as long as an identity is valid, the stream ends too.
    pub async fn until_ended(&self, session: &str) {
        let begun = Instant::now();
        let mut heard = self.subscribe();
        loop {
            let now = Instant::now();
            let unheard = now.duration_since(begun) > UNHEARD_LIMIT && !self.is_heard_at(now, UNHEARD_LIMIT);
            if self.has_ended(session) || unheard {
                return;
            }
            // Either way it is looked again.
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
