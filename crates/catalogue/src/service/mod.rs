//! The service of the role catalogue: its parts, and what the methods of its contracts share.

mod answered;
mod catalogue;
mod films;
mod lab;
mod media;
mod open;
mod records;
mod settings;
mod wire;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use api::Shared;
use api::catalogue as wire_types;
use object_store::ObjectStore;
use rpc::AccessControl;
use rpc::identity::Verifier;
use store::{Clock, Db, Feed, Ids, ShiftedClock, write_tx};
use uuid::Uuid;

use self::answered::AnsweredTitles;
pub use self::open::{OpenError, Options};
use crate::fault::{Fault, Result};
use crate::feed::follow::Follower;
use crate::feed::titles::Titles;
use crate::import;
use crate::media::SalePolicy;
use crate::named::Named;
use crate::offer::store as offers;
use crate::offer::{Offer, StatedTerms};
use crate::search::related::RelatedTitles;
use crate::search::{Effort, Found, Index, Query, SearchError};
use crate::title::store::credits::{self, Role as CreditRole};
use crate::title::store::titles;
use crate::title::{Title, person_id};

/// How long the reader of a stream may leave a message unread.
const WATCHER_PATIENCE: Duration = Duration::from_secs(30);
const SUGGESTIONS: usize = 8;
/// How many titles of each role a person's page shows.
const TITLES_OF_A_PERSON: i64 = 100;

/// Films: what they are, what they cost, how they are found.
pub struct CatalogueService {
    db: Db,
    feed: Feed,
    blobs: Arc<dyn ObjectStore>,
    blobs_folder: Option<PathBuf>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    verifier: Verifier,
    lab: Option<Arc<ShiftedClock>>,
    sale: SalePolicy,
    follower: Follower,
    titles: Titles,
    answered: AnsweredTitles,
    related: RelatedTitles,
}

impl CatalogueService {
    /// Lets the service's edge find out who calls.
    pub fn access(&self) -> AccessControl {
        let clock = Arc::clone(&self.clock);
        AccessControl::new(self.verifier.clone(), move || clock.now_us())
    }

    async fn title(&self, id: &str) -> Result<Arc<Title>> {
        let id = wire::id(id).ok_or(Fault::TitleNotFound)?;
        self.titles.get(id).await?.ok_or(Fault::TitleNotFound)
    }

    /// The answer about a title, which it caches.
    async fn answer(&self, id: &str) -> rpc::Result<Shared<wire_types::Title>> {
        let title = self.title(id).await?;
        let answer = Shared::from(wire::title(&title, self.sale));
        if title.is_listed() {
            self.answered.keep(title.id, &answer);
        }
        Ok(answer)
    }

    async fn summaries(&self, ids: &[Uuid]) -> Result<Vec<wire_types::TitleSummary>> {
        let titles = self.titles.get_many(ids).await?;
        Ok(titles.iter().map(|title| wire::summary(title, self.sale)).collect())
    }

    async fn search(&self, query: Query) -> Result<Found> {
        let now_us = self.clock.now_us();
        self.find(move |index, effort| index.search(&query, now_us, effort))
            .await
    }

    async fn suggest(&self, text: String) -> Result<Vec<Uuid>> {
        self.find(move |index, effort| index.suggest(&text, SUGGESTIONS, effort))
            .await
    }

    /// Searches on this thread if that is quick, and otherwise on a thread where it delays no other call.
    async fn find<T: Send + 'static>(
        &self,
        search: impl Fn(&Index, Effort) -> std::result::Result<T, SearchError> + Send + 'static,
    ) -> Result<T> {
        let found = match search(self.follower.index(), Effort::AtOnce) {
            Err(SearchError::TakesLonger) => {
                let index = Arc::clone(self.follower.index());
                tokio::task::spawn_blocking(move || search(&index, Effort::AsNeeded)).await?
            }
            found => found,
        };
        Ok(found?)
    }

    async fn person(&self, id: &str) -> Result<wire_types::Person> {
        let id = wire::id(id).ok_or(Fault::PersonNotFound)?;
        let name = credits::person(&self.db, id).await?.ok_or(Fault::PersonNotFound)?;
        // The id may follow an earlier definition of equal names: the name gives the id of today.
        let id = person_id(&name);
        let directed = credits::titles_of(&self.db, &[id], CreditRole::Director, TITLES_OF_A_PERSON).await?;
        let acted = credits::titles_of(&self.db, &[id], CreditRole::Cast, TITLES_OF_A_PERSON).await?;
        Ok(wire_types::Person {
            person_id: id.to_string(),
            name,
            directed: self.summaries(&directed).await?,
            acted: self.summaries(&acted).await?,
        })
    }

    /// An offer as the database has it: prices are never read from a cache.
    async fn offer(&self, id: &str) -> Result<wire_types::OfferDetail> {
        let id = wire::id(id).ok_or(Fault::OfferNotFound)?;
        let (offer, is_ordered) = offers::find(&self.db, id).await?.ok_or(Fault::OfferNotFound)?;
        let title = self.titles.get(offer.title).await?.ok_or(Fault::OfferNotFound)?;
        let playable = self.is_playable(offer.title).await?;
        Ok(wire::offer_detail(&offer, &title, playable, is_ordered))
    }

    /// Sets the named fields of a title's offer of a kind; the others keep their values.
    async fn put_offer(&self, title: Uuid, stated: StatedTerms, named: Named) -> Result<Offer> {
        let kind = stated.kind()?;
        named.check(&StatedTerms::FIELDS, &[])?;
        let id = self.ids.next();
        let offer = write_tx!(self.db, |tx| -> Result<Option<Offer>> {
            let known = titles::find(&mut *tx, &[title])
                .await?
                .pop()
                .ok_or(Fault::TitleNotFound)?;
            let current = known.offers.into_iter().find(|offer| offer.terms.kind == kind);
            let terms = stated.clone().over(current.as_ref().map(|offer| &offer.terms), &named);
            let terms = terms.check()?;
            if current.as_ref().is_some_and(|offer| offer.terms == terms) {
                return Ok(current);
            }
            let revision = self.feed.next_revision(tx).await?;
            offers::put(tx, &[&Offer { id, title, terms }]).await?;
            titles::touch(tx, title, revision).await?;
            let mut offers = offers::of_titles(&mut *tx, &[title]).await?;
            Ok(offers.extract_if(.., |offer| offer.terms.kind == kind).next())
        })?;
        self.follower.catch_up().await?;
        offer.ok_or(Fault::OfferNotFound)
    }

    async fn import(&self, request: wire_types::ImportTitlesRequest) -> Result<import::Summary> {
        let mode = wire::mode(&request);
        let rows = request.rows.into_iter().map(wire::row).collect();
        let now_us = self.clock.now_us();
        import::import(&self.db, &self.feed, self.ids.as_ref(), now_us, mode, rows).await
    }
}
