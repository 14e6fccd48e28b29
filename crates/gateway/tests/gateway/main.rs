//! The gateway from outside: requests through its router, with services in memory.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod account;
mod capacity;
mod collections;
mod found;
mod keeping;
mod library;
mod media;
mod orders;
mod port;
mod posters;
mod problems;
mod rates;
mod reminders;
mod store_profile;
mod streams;
mod support;
mod titles;
mod web;
mod webhooks;
mod words;
