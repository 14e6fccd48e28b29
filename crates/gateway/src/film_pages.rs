//! The pages of films as guests see them, cached for half a second: a page that many visitors look at is made twice a
//! second, not for each of them. A customer's entitlement is added to the cached page and is never cached.

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

/// How long to wait before the catalogue is watched again after that failed.
const PAUSE: Duration = Duration::from_secs(1);
/// How many pages are cached, of a few kilobytes each.
const PAGES: u64 = 2_000;
/// No longer than a replica of the catalogue may be behind the others.
const VALIDITY: Duration = Duration::from_millis(500);

pub(crate) struct FilmPages {
    made: TtlCache<(u64, FilmPage)>,
    /// How many messages about changed films this gateway has received.
    changes: AtomicU64,
    /// Whether the gateway receives changes at the moment; while it does not, no page is read from the cache.
    hears: AtomicBool,
}

/// The key of a page, and the number of changes when it was looked up.
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

    /// Follows the catalogue's changes until the process is `draining`.
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
            // The first message only says at which revision the watch begins.
            while let Some(Ok(_)) = changes.next().await {
                self.forget();
                self.hears.store(true, Ordering::Release);
            }
        }
        self.hears.store(false, Ordering::Release);
    }

    /// Must be called before the page is made: a change that arrives in between makes the page stale.
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

    /// Makes all cached pages stale, because a film has changed and any page may show it.
    pub(crate) fn forget(&self) {
        self.changes.fetch_add(1, Ordering::Release);
    }
}

/// A film's page. It is cached as most visitors get it: as guests, while orders are taken.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FilmPage {
    page: Bytes,
    /// The length of the film's own part; after it come the fields that differ by customer.
    film_bytes: usize,
    is_hidden: bool,
}

impl FilmPage {
    /// A page with all fields of `film`, which must serialize as an object that has fields.
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

    /// Whether only customers who have the film may see its page.
    pub(crate) fn is_hidden(&self) -> bool {
        self.is_hidden
    }

    /// The page for a customer who has this entitlement.
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

/// Appends the holding's fields to an object, and closes it.
fn close_with(object: &mut Vec<u8>, holding: &Holding) -> serde_json::Result<()> {
    let begins = object.len();
    serde_json::to_writer(&mut *object, holding)?;
    object[begins] = b',';
    Ok(())
}

/// About how many bytes a holding takes.
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
