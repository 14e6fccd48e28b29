//! `dvs collection put|list|delete`: films that are shown together.

use anyhow::{Context, Result};
use api::catalogue::{Catalogue, Collection, DeleteCollectionRequest, ListCollectionsRequest};
use rpc::Call;

use crate::collection::{self, CollectionEntry};
use crate::commands::{counted, find, note, say, told};
use crate::config::{CollectionDeleteOptions, CollectionListOptions, CollectionPutOptions};
use crate::reach::{Missing, StoreConnection};

const PAGE: i32 = 100;

/// Writes the file's collections one after the other, and stops at the first that is refused.
pub(crate) async fn put(options: CollectionPutOptions) -> Result<()> {
    let at = || format!("cannot read {}", options.file.display());
    let content = tokio::fs::read(&options.file).await.with_context(at)?;
    let entries = collection::read(&content).with_context(at)?;
    let store = StoreConnection::open(&options.store, "dvs collection put", Missing::Refuse).await?;
    let put = async {
        let catalogue = store.catalogue().await?;
        for entry in entries {
            put_one(catalogue, entry).await?;
        }
        Ok(())
    };
    let put = put.await;
    store.close().await;
    put
}

async fn put_one(catalogue: &dyn Catalogue, entry: CollectionEntry) -> Result<()> {
    let id = entry.id.clone();
    let mut title_ids = Vec::with_capacity(entry.titles.len());
    for title in &entry.titles {
        let found = find(catalogue, title).await;
        title_ids.push(found.with_context(|| format!("collection {id}"))?.title_id);
    }
    let is_there = collection::find(catalogue, id.clone()).await?.is_some();
    let answer = catalogue.put_collection(Call::by_service(entry.of(title_ids))).await;
    let kept = answer.map_err(|fault| told(&fault).context(format!("collection {id}")))?;
    let films = counted(kept.title_ids.len(), "film", "films");
    let replaced = if is_there {
        " and replaces the one that was there"
    } else {
        ""
    };
    say(format_args!("collection {id} has {films}{replaced}"))
}

pub(crate) async fn list(options: CollectionListOptions) -> Result<()> {
    let store = StoreConnection::open(&options.store, "dvs collection list", Missing::Refuse).await?;
    let all = all(store.catalogue().await?).await;
    store.close().await;
    let all = all?;
    if all.is_empty() {
        return note("There are no collections yet: dvs collection put FILE");
    }
    for collection in all {
        let name = collection.names.first().map_or("", |name| &name.text);
        let films = counted(collection.title_ids.len(), "film", "films");
        say(format_args!("{}  {name} ({films})", collection.collection_id))?;
    }
    Ok(())
}

async fn all(catalogue: &dyn Catalogue) -> Result<Vec<Collection>> {
    let mut all = Vec::new();
    let mut request = ListCollectionsRequest {
        page_size: PAGE,
        page_token: String::new(),
    };
    loop {
        let page = catalogue.list_collections(Call::by_service(request.clone())).await;
        let page = page.map_err(|fault| told(&fault))?;
        all.extend(page.collections);
        if page.next_page_token.is_empty() {
            return Ok(all);
        }
        request.page_token = page.next_page_token;
    }
}

pub(crate) async fn delete(options: CollectionDeleteOptions) -> Result<()> {
    let store = StoreConnection::open(&options.store, "dvs collection delete", Missing::Refuse).await?;
    let request = DeleteCollectionRequest {
        collection_id: options.id.clone(),
    };
    let answer = store
        .catalogue()
        .await?
        .delete_collection(Call::by_service(request))
        .await;
    store.close().await;
    answer.map_err(|fault| told(&fault))?;
    say(format_args!("collection {} is gone", options.id))
}
