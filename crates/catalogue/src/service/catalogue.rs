//! Titles, people, collections and offers, as their contract has them: each method checks who calls, parses the request
//! and calls the domain.

use api::Shared;
use api::catalogue as messages;
use async_trait::async_trait;
use futures::future::ready;
use futures::{StreamExt, stream};
use rpc::Call;
use store::PageToken;

use super::{CatalogueService, WATCHER_PATIENCE, wire};
use crate::collection::keeping as collections;
use crate::collection::store as stored_collections;
use crate::fault::Fault;
use crate::feed::changes::TitleChanges;
use crate::import;
use crate::search::related::Relation;
use crate::title::popularity;
use crate::title::shelf;
use crate::title::store::titles;

/// The most titles of one batch.
const BATCH: usize = 100;

#[async_trait]
impl api::catalogue::CatalogueService for CatalogueService {
    async fn get_title(&self, call: Call<messages::GetTitleRequest>) -> rpc::Result<Shared<messages::Title>> {
        let id = &call.message.title_id;
        if let Some(answer) = wire::id(id).and_then(|id| self.answered.get(id)) {
            return Ok(answer);
        }
        // Boxed, because otherwise the future of every call would be as large as that of this rare path.
        Box::pin(self.answer(id)).await
    }

    async fn batch_get_titles(
        &self,
        call: Call<messages::BatchGetTitlesRequest>,
    ) -> rpc::Result<messages::BatchGetTitlesResponse> {
        let asked = &call.message.title_ids;
        if asked.len() > BATCH {
            return Err(Fault::invalid("title_ids", format!("A batch has at most {BATCH} titles.")).into());
        }
        let ids: Vec<_> = asked.iter().filter_map(|id| wire::id(id)).collect();
        let titles = self.summaries(&ids).await?;
        Ok(messages::BatchGetTitlesResponse { titles })
    }

    async fn list_title_ids(
        &self,
        call: Call<messages::ListTitleIdsRequest>,
    ) -> rpc::Result<messages::ListTitleIdsResponse> {
        let (after, limit) = wire::title_ids(&call.message)?;
        let found = titles::ids(&self.db, after, limit).await.map_err(Fault::from)?;
        Ok(wire::title_entries(found))
    }

    async fn search_titles(
        &self,
        call: Call<messages::SearchTitlesRequest>,
    ) -> rpc::Result<messages::SearchTitlesResponse> {
        let (query, bound) = wire::query(call.message)?;
        let found = self.search(query).await?;
        let next = found.next.map(|position| PageToken::encode(&position, &bound));
        Ok(messages::SearchTitlesResponse {
            titles: self.summaries(&found.ids).await?,
            facets: Some(wire::facets(found.facets)),
            total_size: i64::try_from(found.total).unwrap_or(i64::MAX),
            next_page_token: next.unwrap_or_default(),
        })
    }

    async fn suggest_titles(
        &self,
        call: Call<messages::SuggestTitlesRequest>,
    ) -> rpc::Result<messages::SuggestTitlesResponse> {
        let ids = self.suggest(call.message.query).await?;
        let titles = self.titles.get_many(&ids).await?;
        Ok(messages::SuggestTitlesResponse {
            suggestions: titles.iter().map(|title| wire::suggestion(title)).collect(),
        })
    }

    async fn list_related_titles(
        &self,
        call: Call<messages::ListRelatedTitlesRequest>,
    ) -> rpc::Result<messages::ListRelatedTitlesResponse> {
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
        Ok(messages::ListRelatedTitlesResponse { titles })
    }

    async fn get_person(&self, call: Call<messages::GetPersonRequest>) -> rpc::Result<messages::Person> {
        Ok(self.person(&call.message.person_id).await?)
    }

    async fn get_collection(&self, call: Call<messages::GetCollectionRequest>) -> rpc::Result<messages::Collection> {
        let found = stored_collections::find(&self.db, &call.message.collection_id).await;
        let found = found.map_err(Fault::from)?.ok_or(Fault::CollectionNotFound)?;
        Ok(wire::collection(found))
    }

    async fn list_collections(
        &self,
        call: Call<messages::ListCollectionsRequest>,
    ) -> rpc::Result<messages::ListCollectionsResponse> {
        let (size, (position, id)) = wire::collection_page(&call.message)?;
        let found = stored_collections::list(&self.db, (position, &id), size.limit()).await;
        Ok(wire::listed(size, found.map_err(Fault::from)?))
    }

    async fn put_collection(&self, call: Call<messages::PutCollectionRequest>) -> rpc::Result<messages::Collection> {
        let collection = wire::put_collection(call.message)?;
        collections::put(&self.db, &self.feed, &collection).await?;
        Ok(wire::collection(collection))
    }

    async fn delete_collection(
        &self,
        call: Call<messages::DeleteCollectionRequest>,
    ) -> rpc::Result<messages::DeleteCollectionResponse> {
        collections::delete(&self.db, &self.feed, &call.message.collection_id).await?;
        Ok(messages::DeleteCollectionResponse {})
    }

    async fn get_offer(&self, call: Call<messages::GetOfferRequest>) -> rpc::Result<messages::OfferDetail> {
        Ok(self.offer(&call.message.offer_id).await?)
    }

    async fn set_offer(&self, call: Call<messages::SetOfferRequest>) -> rpc::Result<messages::Offer> {
        let title = wire::id(&call.message.title_id).ok_or(Fault::TitleNotFound)?;
        let (stated, named) = wire::set_offer(call.message);
        Ok(wire::offer(&self.put_offer(title, stated, named).await?))
    }

    async fn set_title_orders(
        &self,
        call: Call<messages::SetTitleOrdersRequest>,
    ) -> rpc::Result<messages::SetTitleOrdersResponse> {
        let orders = wire::title_orders(&call.message)?;
        popularity::set_orders(&self.db, &self.feed, orders).await?;
        self.follower.catch_up().await?;
        Ok(messages::SetTitleOrdersResponse {})
    }

    async fn export_titles(
        &self,
        call: Call<messages::ExportTitlesRequest>,
    ) -> rpc::Result<rpc::Stream<messages::TitleBatch>> {
        let export = wire::export(call.message, self.db.clone())?;
        Ok(Box::pin(stream::try_unfold(export, |mut export| async move {
            let batch = export.next().await?;
            Ok(batch.map(|(titles, after)| (wire::batch(titles, after), export)))
        })))
    }

    async fn watch_titles(
        &self,
        call: Call<messages::WatchTitlesRequest>,
    ) -> rpc::Result<rpc::Stream<messages::TitlesChanged>> {
        let mut followed = self.follower.followed();
        let present = *followed.borrow_and_update();
        let seen = match call.message.after_revision {
            0 => present,
            revision if (1..=present).contains(&revision) => revision,
            _ => return Err(Fault::invalid("after_revision", "The catalogue has no such revision.").into()),
        };
        let begins = messages::TitlesChanged {
            revision: seen,
            ..messages::TitlesChanged::default()
        };
        let watch = TitleChanges {
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
        mut call: Call<rpc::Stream<messages::ImportTitlesRequest>>,
    ) -> rpc::Result<messages::ImportSummary> {
        let mut total = import::Summary::default();
        while let Some(message) = call.message.next().await {
            let request = message?;
            if request.rows.len() > import::ROWS {
                return Err(Fault::invalid("rows", format!("A batch has at most {} rows.", import::ROWS)).into());
            }
            total.add(self.import(request).await?)?;
        }
        // Waits until the search index has the titles, so that a search after this answer finds them.
        self.follower.catch_up().await?;
        Ok(wire::import_summary(total))
    }

    async fn set_title_hidden(&self, call: Call<messages::SetTitleHiddenRequest>) -> rpc::Result<messages::Title> {
        let title = wire::id(&call.message.title_id).ok_or(Fault::TitleNotFound)?;
        shelf::set_hidden(&self.db, &self.feed, title, call.message.hidden).await?;
        self.follower.catch_up().await?;
        let title = self.title(&call.message.title_id).await?;
        Ok(wire::title(&title, self.sale))
    }

    async fn delete_title(
        &self,
        call: Call<messages::DeleteTitleRequest>,
    ) -> rpc::Result<messages::DeleteTitleResponse> {
        let title = wire::id(&call.message.title_id).ok_or(Fault::TitleNotFound)?;
        let is_kept = collections::delete_title(&self.db, &self.feed, title, self.clock.now_us()).await?;
        self.follower.catch_up().await?;
        Ok(messages::DeleteTitleResponse { is_kept })
    }

    async fn mark_title_ordered(
        &self,
        call: Call<messages::MarkTitleOrderedRequest>,
    ) -> rpc::Result<messages::MarkTitleOrderedResponse> {
        let title = wire::id(&call.message.title_id).ok_or(Fault::TitleNotFound)?;
        shelf::mark_ordered(&self.db, title, self.clock.now_us()).await?;
        Ok(messages::MarkTitleOrderedResponse {})
    }
}
