//! The behaviour of rent, through its contract, on both engines.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod account_mails;
mod accounts;
mod attempts;
mod catalogue;
mod crashes;
mod deletion;
mod distribution;
mod events;
mod first_picture;
mod histories;
mod holding;
mod interleavings;
mod keeping;
mod known_devices;
mod ledger;
mod ledger_check;
mod letterbox;
mod letterheads;
mod mails;
mod most_rented;
mod orders;
mod orders_at_once;
mod pix;
mod pix_pending;
mod plans;
mod players_at_once;
mod playing;
mod provider;
mod provider_calls;
mod reconciling;
mod refunds;
mod refusals;
mod refused_mails;
mod reverting;
mod revoked_players;
mod revoking;
mod staff;
mod unsubscribing;
mod watching;
mod world;
