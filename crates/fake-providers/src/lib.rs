//! Stand-ins for payment providers, for tests. They behave as the providers document it, also where that is inconvenient:
//! idempotency keys, states, refunds up to what was paid, events that come twice, late or never. Switches make them slow or
//! unavailable, or have them lose an answer after the work was done.
//!
//! Nothing of the store depends on this crate; only tests do.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "it is a part of tests: a test that goes wrong stops"
)]

pub mod pix;
pub mod stripe;

pub use self::pix::FakePix;
pub use self::stripe::FakeStripe;
