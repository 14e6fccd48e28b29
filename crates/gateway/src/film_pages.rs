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
use crate::language::Languages;
use crate::ttl_cache::TtlCache;
use crate::view::Holding;

/// How long to rest after the catalogue could not be watched.
const PAUSE: Duration = Duration::from_secs(1);
/// Pages that are remembered, of some kilobytes each.
const PAGES: u64 = 2_000;
/// No longer than a replica of the catalogue may be behind.
const VALIDITY: Duration = Duration::from_millis(500);

pub(crate) struct FilmPages {
    made: TtlCache<(u64, FilmPage)>,
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
            made: TtlCache::new(PAGES, VALIDITY, clock),
            changes: AtomicU64::new(0),
            hears: AtomicBool::new(false),
        }
    }

    /// Listens to the catalogue's changes until the process is `draining`.
    pub(crate) fn follow(self: &Arc<Self>, catalogue: Arc<dyn Catalogue>, draining: CancellationToken) {
        let pages = Arc::clone(self);
        let follow = async move {
            loop {
                pages.hear(catalogue.as_ref()).await;
                tokio::time::sleep(PAUSE).await;
            }
        };
        tokio::spawn(draining.run_until_cancelled_owned(follow));
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

    pub(crate) fn get(&self, asked: &Asked) -> Option<FilmPage> {
        if !self.hears.load(Ordering::Acquire) {
            return None;
        }
        let (changes, page) = self.made.get(&asked.key)?;
        (changes == asked.changes).then_some(page)
    }

    pub(crate) fn keep(&self, asked: &Asked, page: FilmPage) {
        self.made.keep(&asked.key, (asked.changes, page));
    }

    /// A film has changed, and any page may show it.
    pub(crate) fn forget(&self) {
        self.changes.fetch_add(1, Ordering::Release);
    }
}

/// A film's page. It is kept as most see it, who are guests while orders are taken.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FilmPage {
    page: Bytes,
    /// How much of it is the film's own; behind that is what is so for whoever asks.
    film_bytes: usize,
    is_hidden: bool,
}

impl FilmPage {
    /// A page with all that is so of a film, which is an object with fields.
    pub(crate) fn new(film: &impl Serialize, is_hidden: bool) -> serde_json::Result<Self> {
        let mut page = serde_json::to_vec(film)?;
        page.pop();
        let film_bytes = page.len();
        close_with(&mut page, &Holding::MOST)?;
        let page = page.into();
        Ok(Self {
            page,
            film_bytes,
            is_hidden,
        })
    }

    /// Whether only those who have the film may see its page.
    pub(crate) fn is_hidden(&self) -> bool {
        self.is_hidden
    }

    /// The page for one who holds this of the film.
    pub(crate) fn with(&self, holding: &Holding) -> serde_json::Result<Bytes> {
        if holding.is_most() {
            return Ok(self.page.clone());
        }
        let mut page = Vec::with_capacity(self.film_bytes + HOLDING_BYTES);
        page.extend_from_slice(&self.page[..self.film_bytes]);
        close_with(&mut page, holding)?;
        Ok(page.into())
    }
}

/// Ends an object with more fields.
fn close_with(object: &mut Vec<u8>, holding: &Holding) -> serde_json::Result<()> {
    let begins = object.len();
    serde_json::to_writer(&mut *object, holding)?;
    object[begins] = b',';
    Ok(())
}

/// About what a holding takes.
const HOLDING_BYTES: usize = 512;

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn page() -> FilmPage {
        FilmPage::new(&json!({"id": "1", "names": ["a}"]}), false).unwrap()
    }

    #[test]
    fn a_page_is_the_film_and_what_its_reader_holds() {
        for orders_open in [true, false] {
            let holding = Holding {
                orders_open,
                entitlement: None,
            };
            let read: Value = serde_json::from_slice(&page().with(&holding).unwrap()).unwrap();
            let wanted = json!({"id": "1", "names": ["a}"], "orders_open": orders_open, "entitlement": null});
            assert_eq!(read, wanted);
        }
    }

    #[test]
    fn a_page_made_while_a_film_changed_is_not_shown_again() {
        let pages = FilmPages::new(Arc::new(|| 1_000_000));
        let languages = Languages::default();
        let unheard = pages.ask("1", &languages);
        pages.keep(&unheard, page());
        assert_eq!(
            pages.get(&unheard),
            None,
            "nothing is remembered by who hears of no change"
        );
        pages.hears.store(true, Ordering::Release);
        let asked = pages.ask("1", &languages);
        pages.forget();
        pages.keep(&asked, page());
        let again = pages.ask("1", &languages);
        assert_eq!(pages.get(&again), None);
        pages.keep(&again, page());
        assert!(pages.get(&pages.ask("1", &languages)).is_some());
        assert!(pages.get(&pages.ask("2", &languages)).is_none());
    }
}
