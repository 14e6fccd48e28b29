//! The promises of rent, told through its contract, on either engine.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod accounts;
mod attempts;
mod catalogue;
mod crashes;
mod distribution;
mod histories;
mod interleavings;
mod keeping;
mod mails;
mod most_rented;
mod orders;
mod pix;
mod plans;
mod playing;
mod provider;
mod refusals;
mod reverting;
mod revoking;
mod staff;
mod watching;
mod world;
