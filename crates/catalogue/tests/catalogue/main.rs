//! The promises of the catalogue, told through its contract, on either engine.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod collecting;
mod editing;
mod films;
mod finding;
mod importing;
mod playable;
mod records;
mod replicas;
mod selling;
mod settings;
mod shelving;
mod standing;
mod streaming;
mod tracks;
mod world;
