//! How the stand-in behaves.

use serde::Deserialize;

/// What becomes of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventMode {
    #[default]
    Once,
    Twice,
    /// They wait until they are released.
    Held,
    Lost,
}

/// What becomes of a new refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundMode {
    #[default]
    Succeeds,
    Pends,
    Fails,
}

/// The switches.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {
    pub events: EventMode,
    pub refunds: RefundMode,
    /// How late every answer comes, in milliseconds.
    pub delay_ms: u64,
    /// Every call is answered with 503, and does nothing.
    pub unavailable: bool,
    /// The next calls that change something are done, and their answers are lost.
    pub lose_answers: u32,
    /// Forgets every idempotency key once, as Stripe does after a day.
    pub forget_keys: bool,
}
