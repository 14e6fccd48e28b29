//! What Stripe promises as a payment provider, against its stand-in.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod connection;
mod paying;
mod refunding;
mod world;
