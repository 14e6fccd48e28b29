//! The behaviour of the catalogue, through its contract, on both engines.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod collecting;
mod editing;
mod films;
mod finding;
mod importing;
mod plans;
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
