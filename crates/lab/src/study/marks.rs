//! What the caller observes of its call: when it sent a message, and when it received one.

use std::sync::{Mutex, MutexGuard, PoisonError};

use rpc::Direction;
use serde::Serialize;
use tokio::time::Instant;

/// A message, as its caller observed it.
#[derive(Debug, Clone)]
pub struct Mark {
    pub at: Instant,
    pub direction: Direction,
    /// The message as JSON, if contents are kept.
    pub content: Option<String>,
}

/// The marks of one call.
#[derive(Debug, Default)]
pub struct Marks {
    keeps_contents: bool,
    seen: Mutex<Vec<Mark>>,
}

impl Marks {
    /// Marks with the contents of messages, for calls in process, whose messages are never encoded.
    pub fn with_contents() -> Self {
        Self {
            keeps_contents: true,
            ..Self::default()
        }
    }

    /// Takes the marks up to now.
    pub fn take(&self) -> Vec<Mark> {
        std::mem::take(&mut *self.seen())
    }

    pub(crate) fn there<T: Serialize>(&self, message: &T) {
        self.mark(Direction::There, message);
    }

    pub(crate) fn back<T: Serialize>(&self, message: &T) {
        self.mark(Direction::Back, message);
    }

    fn mark<T: Serialize>(&self, direction: Direction, message: &T) {
        let at = Instant::now();
        let content = self
            .keeps_contents
            .then(|| serde_json::to_string(message).unwrap_or_default());
        self.seen().push(Mark { at, direction, content });
    }

    fn seen(&self) -> MutexGuard<'_, Vec<Mark>> {
        // Nothing panics while it holds the lock.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
