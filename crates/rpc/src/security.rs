//! The security log: who did or attempted something that matters to the security of accounts and of the store, and from
//! where.
//!
//! Its lines have the target `security` and the level INFO. They name customers by their id and never hold a secret, a
//! token or the mail address of a person. A process writes at most [`LINES_A_MINUTE`] of a kind in a minute, so that an
//! attacker cannot fill a disk; `dvs_security_events_total` counts all events.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::call::Context;

/// How many lines of one kind are written in a minute by one process.
pub const LINES_A_MINUTE: u32 = 120;
const MINUTE: Duration = Duration::from_mins(1);

/// How an event ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    Done,
    Refused,
}

/// An event of the security log.
#[derive(Debug)]
pub struct Event<'a> {
    kind: &'static str,
    outcome: Outcome,
    /// The id of the customer whose account the event concerns.
    customer: Option<&'a str>,
    /// More of it, such as the reason of a refusal.
    detail: Option<&'a str>,
}

impl<'a> Event<'a> {
    pub fn new(kind: &'static str, outcome: Outcome) -> Self {
        Self {
            kind,
            outcome,
            customer: None,
            detail: None,
        }
    }

    #[must_use]
    pub fn about(self, customer: &'a str) -> Self {
        Self {
            customer: Some(customer),
            ..self
        }
    }

    #[must_use]
    pub fn with_detail(self, detail: &'a str) -> Self {
        Self {
            detail: Some(detail),
            ..self
        }
    }
}

/// Writes a line, unless there were too many of its kind in this minute; counts it in any case.
pub fn record(event: &Event<'_>, context: &Context) {
    let outcome = match event.outcome {
        Outcome::Done => "done",
        Outcome::Refused => "refused",
    };
    metrics::counter!("dvs_security_events_total", "event" => event.kind, "outcome" => outcome).increment(1);
    let Some(left_out) = take_line((event.kind, event.outcome), Instant::now()) else {
        return;
    };
    let address = context.client_address.map(|address| address.to_string());
    tracing::info!(
        target: "security",
        event = event.kind,
        outcome,
        customer = event.customer,
        detail = event.detail,
        address,
        request_id = context.request_id.as_deref(),
        left_out = (left_out > 0).then_some(left_out),
        "security"
    );
}

/// The lines of one kind in the present minute.
struct Window {
    begun: Instant,
    lines: u32,
    left_out: u64,
}

/// Refused events have a limit of their own, so that a flood of them suppresses no line of a successful one.
type Kind = (&'static str, Outcome);

/// Kinds are constants of the program, so this map does not grow without bound.
static WINDOWS: LazyLock<Mutex<HashMap<Kind, Window>>> = LazyLock::new(Mutex::default);

/// Whether a line of this kind may be written; with it, how many were left out in the minutes before.
fn take_line(kind: Kind, now: Instant) -> Option<u64> {
    let mut windows = WINDOWS.lock().unwrap_or_else(PoisonError::into_inner);
    let window = windows.entry(kind).or_insert(Window {
        begun: now,
        lines: 0,
        left_out: 0,
    });
    if now.duration_since(window.begun) >= MINUTE {
        window.begun = now;
        window.lines = 0;
    }
    if window.lines >= LINES_A_MINUTE {
        window.left_out += 1;
        return None;
    }
    window.lines += 1;
    Some(std::mem::take(&mut window.left_out))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_counted_and_not_written() {
        let (kind, now) = (("a_flood", Outcome::Refused), Instant::now());
        let written = (0..10_000).filter(|_| take_line(kind, now).is_some()).count();
        assert_eq!(written, 120);
        assert!(take_line(("a_flood", Outcome::Done), now).is_some());
        assert_eq!(take_line(kind, now + MINUTE), Some(10_000 - 120));
        assert_eq!(take_line(kind, now + MINUTE), Some(0));
    }
}
