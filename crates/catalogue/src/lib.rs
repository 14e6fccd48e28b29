//! Films: what they are, what they cost, how they are found, and what plays them.
//!
//! [`CatalogueService`] answers the contract. Each domain has a folder, with its SQL in `store`: `title`, `offer`, `media`,
//! `collection` and `settings` check what comes in; `import` takes titles in by the hundred; `search` finds them; `feed` keeps the
//! index, and the titles that are asked for, up to date in memory.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod check;
mod collection;
mod fault;
mod feed;
mod import;
mod media;
mod named;
mod offer;
mod search;
mod service;
mod settings;
mod store;
mod title;

pub use feed::follow::Follower;
pub use media::sweep::Sweeper;
pub use service::{CatalogueService, OpenError, Options};

pub use crate::store::MIGRATIONS;

/// The films that a new store shows: a JSON array in the form that imports take.
pub const DEMONSTRATION_TITLES: &[u8] = include_bytes!("../demo/titles.json");
/// What plays for each of them: a film leader, an MP4 of 22 seconds.
pub const DEMONSTRATION_FILM: &[u8] = include_bytes!("../demo/leader.mp4");
/// Its subtitles, each with their language, and its chapters: WebVTT.
pub const DEMONSTRATION_SUBTITLES: [(&str, &[u8]); 2] = [
    ("en", include_bytes!("../demo/leader.en.vtt")),
    ("pt-BR", include_bytes!("../demo/leader.pt-BR.vtt")),
];
pub const DEMONSTRATION_CHAPTERS: &[u8] = include_bytes!("../demo/leader.chapters.vtt");
/// Its collections: a JSON array in the form that `dvs collection put` takes, with the titles by their `source_id`.
pub const DEMONSTRATION_COLLECTIONS: &[u8] = include_bytes!("../demo/collections.json");
