//! Collections: films that staff have put together, with a text that says why.

use std::sync::Arc;

use api::catalogue::{self, GetCollectionRequest, ListCollectionsRequest, TitleSummary};
use axum::Json;
use axum::extract::State;
use rpc::Call;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Gateway;
use crate::extract::{Path, Query};
use crate::language::Languages;
use crate::problem::Problem;
use crate::request::Anybody;
use crate::view::{TitleItem, Titles, can_be_ordered, page_size, some_text};

/// How many titles of each collection the list shows.
const SHOWN: usize = 6;
/// How many titles are read to find these, because some may not be for sale.
const LOOKED_AT: usize = 12;

pub(crate) fn routes() -> OpenApiRouter<Arc<Gateway>> {
    OpenApiRouter::new()
        .routes(routes!(list_collections))
        .routes(routes!(get_collection))
}

/// Films that somebody has put together.
#[derive(Debug, Serialize, ToSchema)]
struct Collection {
    /// A slug, such as `german-expressionism`.
    id: String,
    /// In the reader's language, by Accept-Language.
    name: String,
    /// In the reader's language, by Accept-Language; null when there is none.
    #[schema(required)]
    description: Option<String>,
    /// How many titles it has, those too that cannot be had at the moment.
    title_count: usize,
    /// Those that can be ordered now, in their order; in the list of collections the first six.
    titles: Vec<TitleItem>,
}

impl Collection {
    fn new<'a>(
        collection: catalogue::Collection,
        titles: impl Iterator<Item = &'a TitleSummary>,
        languages: &Languages,
    ) -> Self {
        Self {
            name: languages
                .text(collection.names)
                .unwrap_or_else(|| collection.collection_id.clone()),
            id: collection.collection_id,
            description: languages.text(collection.descriptions),
            title_count: collection.title_ids.len(),
            titles: titles.map(|title| TitleItem::new(title.clone(), languages)).collect(),
        }
    }
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct CollectionQuery {
    #[param(minimum = 1, maximum = 100, default = 24)]
    page_size: Option<i32>,
    /// The `next_page_token` of the page before.
    page_token: String,
}

/// A page of collections.
#[derive(Debug, Serialize, ToSchema)]
struct CollectionPage {
    collections: Vec<Collection>,
    /// Null on the last page.
    #[schema(required)]
    next_page_token: Option<String>,
}

/// Collections, with the first titles of each
#[utoipa::path(
    get,
    path = "/api/v1/collections",
    tag = "catalogue",
    params(CollectionQuery, ("Accept-Language" = Option<String>, Header)),
    responses((status = OK, description = "The collections.", body = CollectionPage)),
)]
async fn list_collections(
    State(gateway): State<Arc<Gateway>>,
    Anybody(context): Anybody,
    languages: Languages,
    Query(query): Query<CollectionQuery>,
) -> Result<Json<CollectionPage>, Problem> {
    let message = ListCollectionsRequest {
        page_size: page_size(query.page_size)?,
        page_token: query.page_token,
    };
    let page = gateway
        .catalogue
        .list_collections(Call::new(message, context.clone()))
        .await?;
    let first = |collection: &catalogue::Collection| {
        let ids = collection.title_ids.iter().take(LOOKED_AT);
        ids.cloned().collect::<Vec<_>>()
    };
    let ids: Vec<_> = page.collections.iter().flat_map(first).collect();
    let titles = Titles::ask(&gateway.catalogue, &context, ids.iter().map(String::as_str)).await?;
    let now_us = (gateway.clock)();
    let collections = page.collections.into_iter().map(|collection| {
        let ids = first(&collection);
        let titles = ids.iter().filter_map(|id| titles.find(id));
        let titles = titles.filter(|title| can_be_ordered(title, now_us)).take(SHOWN);
        Collection::new(collection, titles, &languages)
    });
    Ok(Json(CollectionPage {
        collections: collections.collect(),
        next_page_token: some_text(page.next_page_token),
    }))
}

/// A collection, with its titles
#[utoipa::path(
    get,
    path = "/api/v1/collections/{collection_id}",
    tag = "catalogue",
    params(("collection_id" = String, Path), ("Accept-Language" = Option<String>, Header)),
    responses((status = OK, description = "The collection.", body = Collection)),
)]
async fn get_collection(
    State(gateway): State<Arc<Gateway>>,
    Anybody(context): Anybody,
    languages: Languages,
    Path(collection_id): Path<String>,
) -> Result<Json<Collection>, Problem> {
    let message = GetCollectionRequest { collection_id };
    let collection = gateway
        .catalogue
        .get_collection(Call::new(message, context.clone()))
        .await?;
    let ids = collection.title_ids.clone();
    let ids = || ids.iter().map(String::as_str);
    let titles = Titles::ask(&gateway.catalogue, &context, ids()).await?;
    let now_us = (gateway.clock)();
    let titles = ids().filter_map(|id| titles.find(id));
    let titles = titles.filter(|title| can_be_ordered(title, now_us));
    Ok(Json(Collection::new(collection, titles, &languages)))
}
