//! The contract's methods: each finds out who is calling, parses what was said, and has the right part do it.

mod answered;
mod films;
mod open;
mod records;
mod wire;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use api::Shared;
use api::catalogue as wire_types;
use api::catalogue::Catalogue;
use async_trait::async_trait;
use futures::future::ready;
use futures::{StreamExt, stream};
use object_store::ObjectStore;
use rpc::Call;
use rpc::identity::{Caller, Verifier};
use store::{Clock, Db, Feed, Ids, PageToken, ShiftedClock, write_tx};
use uuid::Uuid;

use self::answered::AnsweredTitles;
pub use self::open::{OpenError, Options};
use crate::fault::{Fault, Result};
use crate::follow::Follower;
use crate::media::SalePolicy;
use crate::named::Named;
use crate::offer::{Offer, StatedTerms};
use crate::related::{RelatedTitles, Relation};
use crate::search::{Effort, Found, Index, Query, SearchError};
use crate::store::credits::{self, Role as CreditRole};
use crate::store::{collections as stored_collections, offers, titles};
use crate::title::{Title, person_id};
use crate::titles::Titles;
use crate::watch::Watch;
use crate::{collections, import, popularity, shelf};

/// How long a watcher may leave a message lying.
const WATCHER_PATIENCE: Duration = Duration::from_secs(30);
/// Titles of one batch.
const BATCH: usize = 100;
const SUGGESTIONS: usize = 8;
/// What a person's page shows of each role.
const TITLES_OF_A_PERSON: i64 = 100;
const MICROSECONDS_A_SECOND: i64 = 1_000_000;
/// How far the lab's clock is moved at once: ten years.
const CLOCK_LEAP_LIMIT_SECONDS: u64 = 10 * 365 * 24 * 60 * 60;

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
    fn staff(&self, action: &'static str, context: &rpc::Context) -> Result<()> {
        let caller = Caller::of(context, &self.verifier, self.clock.now_us())?;
        Ok(caller.staff_for(action, context)?)
    }

    async fn title(&self, id: &str) -> Result<Arc<Title>> {
        let id = wire::id(id).ok_or(Fault::TitleNotFound)?;
        self.titles.get(id).await?.ok_or(Fault::TitleNotFound)
    }

    /// What is said of a title, kept for whoever asks next.
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

    /// Searches here where that is quick, and otherwise where nobody is kept waiting.
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
        // An address from before names were compared as they are now leads to the person still.
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

    /// An offer as the database has it: what costs money is never told from memory.
    async fn offer(&self, id: &str) -> Result<wire_types::OfferDetail> {
        let id = wire::id(id).ok_or(Fault::OfferNotFound)?;
        let (offer, is_ordered) = offers::find(&self.db, id).await?.ok_or(Fault::OfferNotFound)?;
        let title = self.titles.get(offer.title).await?.ok_or(Fault::OfferNotFound)?;
        let playable = self.is_playable(offer.title).await?;
        Ok(wire::offer_detail(&offer, &title, playable, is_ordered))
    }

    /// Sets what is named of a title's offer of a kind; the rest stays as it is.
    async fn put_offer(&self, title: Uuid, stated: StatedTerms, named: Named) -> Result<Offer> {
        let kind = stated.kind()?;
        named.check(&StatedTerms::FIELDS, &[])?;
        let id = self.ids.next();
        let offer = write_tx!(self.db, |tx| -> Result<Option<Offer>> {
            let known = titles::find(&mut *tx, &[title])
                .await?
                .pop()
                .ok_or(Fault::TitleNotFound)?;
            let stands = known.offers.into_iter().find(|offer| offer.terms.kind == kind);
            let terms = stated.clone().over(stands.as_ref().map(|offer| &offer.terms), &named);
            let terms = terms.check()?;
            if stands.as_ref().is_some_and(|offer| offer.terms == terms) {
                return Ok(stands);
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

    async fn move_lab_clock(&self, seconds: i64) -> Result<i64> {
        let lab = self.lab.as_ref().ok_or(Fault::LabOnly)?;
        if seconds.unsigned_abs() > CLOCK_LEAP_LIMIT_SECONDS {
            return Err(Fault::invalid("seconds", "The clock moves by ten years at most."));
        }
        let now_us = self.clock.now_us();
        lab.shift(&self.db, seconds).await?;
        Ok(now_us + seconds * MICROSECONDS_A_SECOND)
    }
}

#[async_trait]
impl Catalogue for CatalogueService {
    async fn get_title(&self, call: Call<wire_types::GetTitleRequest>) -> rpc::Result<Shared<wire_types::Title>> {
        let id = &call.message.title_id;
        if let Some(answer) = wire::id(id).and_then(|id| self.answered.get(id)) {
            return Ok(answer);
        }
        // What is seldom is kept apart: each call would carry its room.
        Box::pin(self.answer(id)).await
    }

    async fn batch_get_titles(
        &self,
        call: Call<wire_types::BatchGetTitlesRequest>,
    ) -> rpc::Result<wire_types::BatchGetTitlesResponse> {
        let asked = &call.message.title_ids;
        if asked.len() > BATCH {
            return Err(Fault::invalid("title_ids", format!("A batch has at most {BATCH} titles.")).into());
        }
        let ids: Vec<_> = asked.iter().filter_map(|id| wire::id(id)).collect();
        let titles = self.summaries(&ids).await?;
        Ok(wire_types::BatchGetTitlesResponse { titles })
    }

    async fn list_title_ids(
        &self,
        call: Call<wire_types::ListTitleIdsRequest>,
    ) -> rpc::Result<wire_types::ListTitleIdsResponse> {
        let (after, limit) = wire::title_ids(&call.message)?;
        let found = titles::ids(&self.db, after, limit).await.map_err(Fault::from)?;
        Ok(wire::title_entries(found))
    }

    async fn search_titles(
        &self,
        call: Call<wire_types::SearchTitlesRequest>,
    ) -> rpc::Result<wire_types::SearchTitlesResponse> {
        let (query, bound) = wire::query(call.message)?;
        let found = self.search(query).await?;
        let next = found.next.map(|position| PageToken::encode(&position, &bound));
        Ok(wire_types::SearchTitlesResponse {
            titles: self.summaries(&found.ids).await?,
            facets: Some(wire::facets(found.facets)),
            total_size: i64::try_from(found.total).unwrap_or(i64::MAX),
            next_page_token: next.unwrap_or_default(),
        })
    }

    async fn suggest_titles(
        &self,
        call: Call<wire_types::SuggestTitlesRequest>,
    ) -> rpc::Result<wire_types::SuggestTitlesResponse> {
        let ids = self.suggest(call.message.query).await?;
        let titles = self.titles.get_many(&ids).await?;
        Ok(wire_types::SuggestTitlesResponse {
            suggestions: titles.iter().map(|title| wire::suggestion(title)).collect(),
        })
    }

    async fn list_related_titles(
        &self,
        call: Call<wire_types::ListRelatedTitlesRequest>,
    ) -> rpc::Result<wire_types::ListRelatedTitlesResponse> {
        let title = self.title(&call.message.title_id).await?;
        let revision = *self.follower.followed().borrow();
        let search = |query| self.search(query);
        let ids = self.related.to(&title, revision, &self.db, search).await?;
        let related = self.titles.get_many(&ids).await?;
        let titles = related.iter().filter_map(|other| {
            let (relation, name) = Relation::between(&title, other)?;
            Some(wire::related(other, relation, name, self.sale))
        });
        let titles = titles.collect();
        Ok(wire_types::ListRelatedTitlesResponse { titles })
    }

    async fn get_person(&self, call: Call<wire_types::GetPersonRequest>) -> rpc::Result<wire_types::Person> {
        Ok(self.person(&call.message.person_id).await?)
    }

    async fn get_collection(
        &self,
        call: Call<wire_types::GetCollectionRequest>,
    ) -> rpc::Result<wire_types::Collection> {
        let found = stored_collections::find(&self.db, &call.message.collection_id).await;
        let found = found.map_err(Fault::from)?.ok_or(Fault::CollectionNotFound)?;
        Ok(wire::collection(found))
    }

    async fn list_collections(
        &self,
        call: Call<wire_types::ListCollectionsRequest>,
    ) -> rpc::Result<wire_types::ListCollectionsResponse> {
        let (size, (position, id)) = wire::collection_page(&call.message)?;
        let found = stored_collections::list(&self.db, (position, &id), size.limit()).await;
        Ok(wire::listed(size, found.map_err(Fault::from)?))
    }

    async fn put_collection(
        &self,
        call: Call<wire_types::PutCollectionRequest>,
    ) -> rpc::Result<wire_types::Collection> {
        self.staff("put_collection", &call.context)?;
        let collection = wire::put_collection(call.message)?;
        collections::put(&self.db, &self.feed, &collection).await?;
        Ok(wire::collection(collection))
    }

    async fn delete_collection(
        &self,
        call: Call<wire_types::DeleteCollectionRequest>,
    ) -> rpc::Result<wire_types::DeleteCollectionResponse> {
        self.staff("delete_collection", &call.context)?;
        collections::delete(&self.db, &self.feed, &call.message.collection_id).await?;
        Ok(wire_types::DeleteCollectionResponse {})
    }

    async fn get_offer(&self, call: Call<wire_types::GetOfferRequest>) -> rpc::Result<wire_types::OfferDetail> {
        Ok(self.offer(&call.message.offer_id).await?)
    }

    async fn set_offer(&self, call: Call<wire_types::SetOfferRequest>) -> rpc::Result<wire_types::Offer> {
        self.staff("set_offer", &call.context)?;
        let title = wire::id(&call.message.title_id).ok_or(Fault::TitleNotFound)?;
        let (stated, named) = wire::set_offer(call.message);
        Ok(wire::offer(&self.put_offer(title, stated, named).await?))
    }

    async fn set_title_hidden(&self, call: Call<wire_types::SetTitleHiddenRequest>) -> rpc::Result<wire_types::Title> {
        self.staff("set_title_hidden", &call.context)?;
        let title = wire::id(&call.message.title_id).ok_or(Fault::TitleNotFound)?;
        shelf::set_hidden(&self.db, &self.feed, title, call.message.hidden).await?;
        self.follower.catch_up().await?;
        let title = self.title(&call.message.title_id).await?;
        Ok(wire::title(&title, self.sale))
    }

    async fn delete_title(
        &self,
        call: Call<wire_types::DeleteTitleRequest>,
    ) -> rpc::Result<wire_types::DeleteTitleResponse> {
        self.staff("delete_title", &call.context)?;
        let title = wire::id(&call.message.title_id).ok_or(Fault::TitleNotFound)?;
        let is_kept = shelf::delete(&self.db, &self.feed, title, self.clock.now_us()).await?;
        self.follower.catch_up().await?;
        Ok(wire_types::DeleteTitleResponse { is_kept })
    }

    async fn mark_title_ordered(
        &self,
        call: Call<wire_types::MarkTitleOrderedRequest>,
    ) -> rpc::Result<wire_types::MarkTitleOrderedResponse> {
        self.staff("mark_title_ordered", &call.context)?;
        let title = wire::id(&call.message.title_id).ok_or(Fault::TitleNotFound)?;
        shelf::mark_ordered(&self.db, title, self.clock.now_us()).await?;
        Ok(wire_types::MarkTitleOrderedResponse {})
    }

    async fn set_title_orders(
        &self,
        call: Call<wire_types::SetTitleOrdersRequest>,
    ) -> rpc::Result<wire_types::SetTitleOrdersResponse> {
        self.staff("set_title_orders", &call.context)?;
        let orders = wire::title_orders(&call.message)?;
        popularity::set_orders(&self.db, &self.feed, orders).await?;
        self.follower.catch_up().await?;
        Ok(wire_types::SetTitleOrdersResponse {})
    }

    async fn export_titles(
        &self,
        call: Call<wire_types::ExportTitlesRequest>,
    ) -> rpc::Result<rpc::Stream<wire_types::TitleBatch>> {
        self.staff("export_titles", &call.context)?;
        let export = wire::export(call.message, self.db.clone())?;
        Ok(Box::pin(stream::try_unfold(export, |mut export| async move {
            let batch = export.next().await?;
            Ok(batch.map(|(titles, after)| (wire::batch(titles, after), export)))
        })))
    }

    async fn watch_titles(
        &self,
        call: Call<wire_types::WatchTitlesRequest>,
    ) -> rpc::Result<rpc::Stream<wire_types::TitlesChanged>> {
        let mut followed = self.follower.followed();
        let present = *followed.borrow_and_update();
        let seen = match call.message.after_revision {
            0 => present,
            revision if (1..=present).contains(&revision) => revision,
            _ => return Err(Fault::invalid("after_revision", "The catalogue has no such revision.").into()),
        };
        let begins = wire_types::TitlesChanged {
            revision: seen,
            ..wire_types::TitlesChanged::default()
        };
        let watch = Watch {
            db: self.db.clone(),
            followed,
            seen,
        };
        let sale = self.sale;
        let changes = stream::try_unfold(watch, move |mut watch| async move {
            let changes = watch.next().await?;
            Ok(Some((wire::changed(changes, sale), watch)))
        });
        let messages = stream::once(ready(Ok(begins))).chain(changes);
        Ok(rpc::patient(Box::pin(messages), WATCHER_PATIENCE))
    }

    async fn import_titles(
        &self,
        mut call: Call<rpc::Stream<wire_types::ImportTitlesRequest>>,
    ) -> rpc::Result<wire_types::ImportSummary> {
        self.staff("import_titles", &call.context)?;
        let mut total = import::Summary::default();
        while let Some(message) = call.message.next().await {
            let request = message?;
            if request.rows.len() > import::ROWS {
                return Err(Fault::invalid("rows", format!("A batch has at most {} rows.", import::ROWS)).into());
            }
            total.add(self.import(request).await?)?;
        }
        // What was taken in is found by whoever asks after the answer.
        self.follower.catch_up().await?;
        Ok(wire::import_summary(total))
    }

    async fn list_records(&self, call: Call<wire_types::ListRecordsRequest>) -> rpc::Result<api::Records> {
        let records = self.records()?;
        Ok(if call.message.from_database {
            records.read(&self.db, call.message).await?
        } else {
            records.list(call.message)?
        })
    }

    async fn export_records(
        &self,
        call: Call<wire_types::ExportRecordsRequest>,
    ) -> rpc::Result<rpc::Stream<api::Records>> {
        Ok(self.records()?.export(call.message)?)
    }

    async fn list_unplayable_titles(
        &self,
        call: Call<wire_types::ListUnplayableTitlesRequest>,
    ) -> rpc::Result<wire_types::ListUnplayableTitlesResponse> {
        self.staff("list_unplayable_titles", &call.context)?;
        Ok(self.unplayable_titles(&call.message).await?)
    }

    async fn get_media(&self, call: Call<wire_types::GetMediaRequest>) -> rpc::Result<wire_types::MediaAsset> {
        Ok(self.media(&call.message.title_id).await?)
    }

    async fn get_media_status(
        &self,
        call: Call<wire_types::GetMediaStatusRequest>,
    ) -> rpc::Result<wire_types::MediaStatus> {
        self.staff("get_media_status", &call.context)?;
        Ok(self.media_status(&call.message.title_id).await?)
    }

    async fn set_media(&self, call: Call<wire_types::SetMediaRequest>) -> rpc::Result<wire_types::MediaAsset> {
        self.staff("set_media", &call.context)?;
        Ok(self.put_media(call.message).await?)
    }

    async fn upload_media(
        &self,
        mut call: Call<rpc::Stream<wire_types::UploadMediaRequest>>,
    ) -> rpc::Result<wire_types::MediaAsset> {
        self.staff("upload_media", &call.context)?;
        let first = call.message.next().await.transpose()?.unwrap_or_default();
        let rest = call.message.map(|message| Ok(message?.bytes));
        Ok(self.receive(first, rest).await?)
    }

    async fn move_clock(&self, call: Call<wire_types::MoveClockRequest>) -> rpc::Result<wire_types::MoveClockResponse> {
        self.staff("move_clock", &call.context)?;
        let now_us = self.move_lab_clock(call.message.seconds).await?;
        Ok(wire_types::MoveClockResponse { now_us })
    }
}
