//! The pages of films as guests see them, remembered for half a second: a page that many look at is made twice a second,
//! not for each of them. What a customer holds is added to it, and is never remembered.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use api::catalogue::{Catalogue, WatchTitlesRequest};
use bytes::Bytes;
use futures::StreamExt;
use rpc::{Call, Context};
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::Clock;
use crate::fresh::Fresh;
use crate::language::Languages;

/// How long to rest after the catalogue could not be watched.
const PAUSE: Duration = Duration::from_secs(1);
/// Pages that are remembered, of some kilobytes each.
const PAGES: u64 = 2_000;
/// No longer than a replica of the catalogue may be behind.
const VALIDITY: Duration = Duration::from_millis(500);

pub(crate) struct FilmPages {
    made: Fresh<(u64, Bytes)>,
    /// How often this gateway was told that a film has changed.
    changes: AtomicU64,
    /// Whether it hears of changes at the moment; while it does not, nothing is remembered.
    hears: AtomicBool,
}

/// Which page is asked for, and how far the gateway had heard of changes then.
pub(crate) struct Asked {
    key: String,
    changes: u64,
}

impl FilmPages {
    pub(crate) fn new(clock: Clock) -> Self {
        Self {
            made: Fresh::new(PAGES, VALIDITY, clock),
            changes: AtomicU64::new(0),
            hears: AtomicBool::new(false),
        }
    }

    /// Listens to the catalogue's changes until the process is `leaving`.
    pub(crate) fn follow(self: &Arc<Self>, catalogue: Arc<dyn Catalogue>, leaving: CancellationToken) {
        let pages = Arc::clone(self);
        let follow = async move {
            loop {
                pages.hear(catalogue.as_ref()).await;
                tokio::time::sleep(PAUSE).await;
            }
        };
        tokio::spawn(leaving.run_until_cancelled_owned(follow));
    }

    async fn hear(&self, catalogue: &dyn Catalogue) {
        let watch = Call::new(WatchTitlesRequest::default(), Context::default());
        if let Ok(mut changes) = catalogue.watch_titles(watch).await {
            // The first message says where the watch begins.
            while let Some(Ok(_)) = changes.next().await {
                self.forget();
                self.hears.store(true, Ordering::Release);
            }
        }
        self.hears.store(false, Ordering::Release);
    }

    /// Must come before the page is made: what is heard of meanwhile makes it old.
    pub(crate) fn ask(&self, title_id: &str, languages: &Languages) -> Asked {
        Asked {
            key: format!("{title_id} {languages}"),
            changes: self.changes.load(Ordering::Acquire),
        }
    }

    pub(crate) fn get(&self, asked: &Asked) -> Option<Bytes> {
        if !self.hears.load(Ordering::Acquire) {
            return None;
        }
        let (changes, page) = self.made.get(&asked.key)?;
        (changes == asked.changes).then_some(page)
    }

    pub(crate) fn keep(&self, asked: &Asked, page: Bytes) {
        self.made.keep(&asked.key, (asked.changes, page));
    }

    /// A film has changed, and any page may show it.
    pub(crate) fn forget(&self) {
        self.changes.fetch_add(1, Ordering::Release);
    }
}

/// A JSON object with the fields of another one behind its own.
pub(crate) fn with_fields(object: &[u8], fields: &impl Serialize) -> serde_json::Result<Bytes> {
    let mut joined = Vec::with_capacity(object.len() + FIELDS_BYTES);
    joined.extend_from_slice(object.strip_suffix(b"}").unwrap_or(object));
    let begins = joined.len();
    serde_json::to_writer(&mut joined, fields)?;
    joined[begins] = b',';
    Ok(joined.into())
}

/// About what is added.
const FIELDS_BYTES: usize = 512;

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn fields_of_two_objects_are_one_objects() {
        let joined = with_fields(br#"{"id":"1","names":["a}"]}"#, &json!({"orders_open": true})).unwrap();
        let read: Value = serde_json::from_slice(&joined).unwrap();
        assert_eq!(read, json!({"id": "1", "names": ["a}"], "orders_open": true}));
    }

    #[test]
    fn a_page_made_while_a_film_changed_is_not_shown_again() {
        let pages = FilmPages::new(Arc::new(|| 1_000_000));
        let languages = Languages::default();
        let unheard = pages.ask("1", &languages);
        pages.keep(&unheard, Bytes::from_static(b"{}"));
        assert_eq!(
            pages.get(&unheard),
            None,
            "nothing is remembered by who hears of no change"
        );
        pages.hears.store(true, Ordering::Release);
        let asked = pages.ask("1", &languages);
        pages.forget();
        pages.keep(&asked, Bytes::from_static(b"{}"));
        let again = pages.ask("1", &languages);
        assert_eq!(pages.get(&again), None);
        pages.keep(&again, Bytes::from_static(b"{}"));
        assert!(pages.get(&pages.ask("1", &languages)).is_some());
        assert!(pages.get(&pages.ask("2", &languages)).is_none());
    }
}
