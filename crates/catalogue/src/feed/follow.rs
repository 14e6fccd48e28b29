//! Following the feed: the search index takes in every committed change, whichever process made it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use store::{Db, Feed};
use tokio::sync::{Mutex, OwnedMutexGuard, watch};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::collection::store as collections;
use crate::fault::{Fault, Result};
use crate::feed::store::identity;
use crate::media::SalePolicy;
use crate::offer::{Kind, Offer};
use crate::search::{self, Document, Index, OnSale, PriceBand};
use crate::title::Title;
use crate::title::store::titles;

/// Titles that are taken in at once. An import batch is smaller, so a revision always fits.
const CHANGES: usize = 2_000;
const _: () = assert!(crate::import::ROWS < CHANGES);
/// Titles that are read at once while the index fills its projection. It reads all titles of the catalogue: small pages
/// keep the process small.
const LOADED: i64 = 200;
/// How long the follower waits before it tries again after the database gave no answer.
const PAUSE: Duration = Duration::from_millis(500);

/// Keeps the search index up to date with the database.
#[derive(Clone)]
pub struct Follower {
    db: Db,
    feed: Feed,
    index: Arc<Index>,
    sale: SalePolicy,
    /// The revision that the index holds.
    taken_in: Arc<Mutex<i64>>,
    /// The same revision, for callers that wait until the index reaches it.
    followed: watch::Sender<i64>,
}

/// Which titles the index takes in, and how.
#[derive(Clone, Copy)]
pub(crate) struct Follows {
    /// Whether it keeps the lab's records.
    pub(crate) keeps_records: bool,
    /// Which titles count as those that can be rented or bought.
    pub(crate) sale: SalePolicy,
}

impl Follower {
    /// Opens the index in this folder and brings it up to date. It is rebuilt if it is missing, if it is ahead of the
    /// database (which then was restored from a backup), or if it cannot be used: everything in it can be read from the
    /// database again.
    pub(crate) async fn open(db: Db, feed: Feed, folder: PathBuf, follows: Follows) -> Result<Self> {
        let there_is = feed.revision().await?;
        let catalogue = identity(&db).await?;
        let opening = Opening {
            db,
            feed,
            folder: Arc::new(folder),
            catalogue: catalogue.into(),
            follows,
        };
        match opening.as_it_is(there_is).await {
            Err(fault @ Fault::Internal { .. }) => {
                tracing::warn!(?fault, "the search index cannot be used and is rebuilt");
                opening.rebuild().await
            }
            opened => opened,
        }
    }

    /// The revision that this process has followed the feed to, now and as it grows.
    pub(crate) fn followed(&self) -> watch::Receiver<i64> {
        self.followed.subscribe()
    }

    pub(crate) fn index(&self) -> &Arc<Index> {
        &self.index
    }

    /// Takes in everything that was committed before the call.
    pub(crate) async fn catch_up(&self) -> Result<()> {
        let mut taken_in = Arc::clone(&self.taken_in).lock_owned().await;
        while let Some(changes) = changes(&self.db, *taken_in).await? {
            taken_in = self.apply(changes, taken_in).await?;
            self.followed.send_replace(*taken_in);
        }
        Ok(())
    }

    /// Follows the feed until it is cancelled.
    pub async fn run(&self, cancel: CancellationToken) {
        let follow = async {
            loop {
                if let Err(fault) = self.step().await {
                    tracing::warn!(?fault, "the search index could not follow the catalogue");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        };
        cancel.run_until_cancelled(follow).await;
    }

    async fn step(&self) -> Result<()> {
        let taken_in = *self.taken_in.lock().await;
        self.feed.changed_after(taken_in).await?;
        self.catch_up().await
    }

    /// Fills the index's projection. All pages are read over one connection, because each connection has a page cache
    /// of its own.
    async fn load(&self) -> Result<()> {
        let mut reading = self.db.begin_read().await?;
        let mut after = Uuid::nil();
        loop {
            let titles = titles::page(&mut reading, after, LOADED).await?;
            let index = Arc::clone(&self.index);
            let Some(last) = titles.last() else {
                return Ok(tokio::task::spawn_blocking(move || index.loaded()).await??);
            };
            after = last.id;
            let sale = self.sale;
            let load = move || index.load(titles.into_iter().map(|title| document(title, sale)));
            tokio::task::spawn_blocking(load).await?;
        }
    }

    /// Takes ownership of the guard, so that a caller that is cancelled does not let another one in before the changes
    /// are applied.
    async fn apply(&self, changes: Changes, mut taken_in: OwnedMutexGuard<i64>) -> Result<OwnedMutexGuard<i64>> {
        let (index, sale) = (Arc::clone(&self.index), self.sale);
        let apply = move || {
            let documents: Vec<_> = changes.titles.into_iter().map(|title| document(title, sale)).collect();
            index.apply(&documents, changes.revision)?;
            *taken_in = changes.revision;
            Ok(taken_in)
        };
        tokio::task::spawn_blocking(apply).await?
    }
}

/// What is needed to open an index.
struct Opening {
    db: Db,
    feed: Feed,
    folder: Arc<PathBuf>,
    catalogue: Arc<str>,
    follows: Follows,
}

impl Opening {
    async fn as_it_is(&self, there_is: i64) -> Result<Follower> {
        let (folder, catalogue) = (Arc::clone(&self.folder), Arc::clone(&self.catalogue));
        let opened = tokio::task::spawn_blocking(move || match Index::open(&folder, &catalogue)? {
            (index, revision) if revision <= there_is => Ok((index, revision)),
            (ahead, _) => {
                drop(ahead);
                Ok::<_, Fault>((Index::create(&folder, &catalogue)?, 0))
            }
        });
        let (index, revision) = opened.await??;
        let follower = self.follower(index, revision);
        follower.load().await?;
        if follower.index.lacks_titles_of(revision) {
            let private = format!("it lacks titles that were there at revision {revision}");
            return Err(Fault::Internal { private });
        }
        follower.catch_up().await?;
        Ok(follower)
    }

    async fn rebuild(&self) -> Result<Follower> {
        let (folder, catalogue) = (Arc::clone(&self.folder), Arc::clone(&self.catalogue));
        let opened = tokio::task::spawn_blocking(move || Index::create(&folder, &catalogue));
        let follower = self.follower(opened.await??, 0);
        follower.load().await?;
        follower.catch_up().await?;
        Ok(follower)
    }

    fn follower(&self, index: Index, revision: i64) -> Follower {
        if self.follows.keeps_records {
            index.keep_records();
        }
        Follower {
            db: self.db.clone(),
            feed: self.feed.clone(),
            index: Arc::new(index),
            sale: self.follows.sale,
            taken_in: Arc::new(Mutex::new(revision)),
            followed: watch::Sender::new(revision),
        }
    }
}

/// What changed in one or several revisions, none of them cut in two.
pub(crate) struct Changes {
    pub(crate) titles: Vec<Title>,
    /// The ids of collections that were put or deleted.
    pub(crate) collections: Vec<String>,
    /// The last of them.
    pub(crate) revision: i64,
}

/// The next changes after a revision, as many as are taken in at once; `None` when there are no changes.
pub(crate) async fn changes(db: &Db, after: i64) -> Result<Option<Changes>> {
    // Everything up to this revision was committed before the reads below, so both lists show the same state.
    let mut revision = store::feed::revision(db).await?;
    if revision <= after {
        return Ok(None);
    }
    let limit = i64::try_from(CHANGES).unwrap_or(i64::MAX);
    let mut titles = titles::changed(db, after, revision, limit).await?;
    if titles.len() == CHANGES
        && let Some(last) = titles.last().map(|title| title.revision)
    {
        // There may be more titles of the last revision than were read: leave it for the next read, whole.
        titles.retain(|title| title.revision < last);
        revision = last - 1;
    }
    let collections = collections::changed(db, after, revision).await?;
    Ok(Some(Changes {
        titles,
        collections,
        revision,
    }))
}

/// The index's document of a title. A title that has an offer but no film to play is indexed as having no offers.
fn document(title: Title, sale: SalePolicy) -> Document {
    let (is_listed, is_sold) = (title.is_listed(), sale.sells(&title.media));
    let (completeness, facts) = (completeness(&title), title.facts);
    let on_sale = |kind| {
        let mut offers = title.offers.iter().filter(|_| is_sold);
        let offer = offers.find(|offer: &&Offer| offer.terms.kind == kind);
        offer.map(|offer| OnSale {
            band: PriceBand::of(offer.terms.price),
            from_us: offer.terms.available_from_us,
            until_us: offer.terms.available_until_us,
        })
    };
    let localized = facts.localized_names.into_iter().map(|name| name.text);
    let others = std::iter::once(facts.original_name).chain(localized);
    Document {
        id: title.id,
        is_listed,
        other_names: others.filter(|other| *other != facts.name).collect(),
        name: facts.name,
        directors: facts.directors,
        cast: facts.cast,
        year: facts.year,
        kinds: search::Kind::of(facts.runtime_minutes, &facts.genres),
        genres: facts.genres,
        countries: facts.countries,
        languages: facts.languages,
        orders: title.orders,
        popularity: facts.popularity,
        completeness,
        created_at_us: title.created_at_us,
        revision: title.revision,
        rent: on_sale(Kind::Rent),
        buy: on_sale(Kind::Buy),
    }
}

/// How complete a title's facts are: first how many are known, then how long the synopsis is.
fn completeness(title: &Title) -> u16 {
    const STORY_CHARACTERS: usize = 1_000;
    let facts = &title.facts;
    let known = [
        !facts.localized_names.is_empty(),
        facts.runtime_minutes > 0,
        !facts.countries.is_empty(),
        !facts.languages.is_empty(),
        !facts.age_rating.is_empty(),
        !facts.directors.is_empty(),
        !facts.cast.is_empty(),
        !facts.genres.is_empty(),
        !facts.synopses.is_empty(),
        !facts.trailer_url.is_empty(),
        !facts.image_url.is_empty(),
        title.media.has_film,
    ];
    let known = known.into_iter().filter(|is_known| *is_known).count();
    let stories = facts.synopses.iter().map(|synopsis| synopsis.text.chars().count());
    let story = stories.max().unwrap_or_default().min(STORY_CHARACTERS - 1);
    u16::try_from(known * STORY_CHARACTERS + story).unwrap_or(u16::MAX)
}
