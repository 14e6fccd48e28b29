//! The demonstration catalogue: the films of a new store until it has films of its own.

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use api::catalogue::{
    Catalogue, DeleteCollectionRequest, DeleteTitleRequest, GetMediaRequest, ImportRow, ImportTitlesRequest,
    MediaObject, MediaRole, PutCollectionRequest, SearchTitlesRequest, SetMediaRequest, TitleInput,
};
use futures::future::ready;
use futures::{StreamExt, TryStreamExt, stream};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use rpc::{Call, Code};
use store::Clock;

use crate::collection;
use crate::commands::told;
use crate::import::FilmFile;
use crate::node::Node;
use crate::titles;

/// The state of the loading, in the data folder: once it is loaded, it is never loaded again, even if its films were deleted.
const STATE: &str = "demonstration";
const LOADING: &str = "loading";
const LOADED: &str = "loaded";

const FILM_NAME: &str = "film.mp4";
const FILM_TYPE: &str = "video/mp4";
const TRACK_TYPE: &str = "text/vtt";
/// The folder of its files in the blob store.
const FOLDER: &str = "demonstration";
/// Films whose offers end this many days after they were loaded, so that a new store has films that leave soon.
const LEAVING_IN_DAYS: [(&str, i64); 7] = [
    ("the-phantom-carriage-1921", 3),
    ("orochi-1925", 5),
    ("carnival-of-souls-1962", 8),
    ("my-man-godfrey-1936", 12),
    ("the-goddess-1934", 16),
    ("wings-1927", 21),
    ("doa-1950", 28),
];
const DAY_US: i64 = 24 * 60 * 60 * 1_000_000;
/// The source of its films.
pub(crate) const SOURCE: &str = "demo";
/// How many films get their file at the same time.
const AT_ONCE: usize = 16;

/// Loads the demonstration into a new store, or continues a loading that was interrupted. Returns how many films were loaded.
pub(crate) async fn begin(node: &Node, blobs: &Arc<dyn ObjectStore>) -> Result<usize> {
    let Some(catalogue) = node.catalogue.as_deref() else {
        return Ok(0);
    };
    match node.folder.read(STATE)?.as_deref() {
        Some(LOADED) => return Ok(0),
        Some(_) => {}
        None if is_empty(catalogue).await? => node.folder.write(STATE, LOADING)?,
        None => return Ok(0),
    }
    let loaded = load(catalogue, blobs, node.clock.as_ref()).await?;
    node.folder.write(STATE, LOADED)?;
    Ok(loaded.added + loaded.kept)
}

/// The result of loading.
#[derive(Debug, Default)]
pub(crate) struct Loaded {
    pub(crate) added: usize,
    /// Films that existed already.
    pub(crate) kept: usize,
    pub(crate) collections: usize,
}

/// Loads the demonstration's films, gives each its file, and creates its collections. Films and collections that exist
/// stay as they are, because the operator may have changed them.
pub(crate) async fn load(catalogue: &dyn Catalogue, blobs: &Arc<dyn ObjectStore>, clock: &dyn Clock) -> Result<Loaded> {
    let before = films(catalogue).await?;
    let added = import(catalogue, &before, clock.now_us()).await?;
    let objects = store_files(blobs).await?;
    let ids = films(catalogue).await?;
    let set = ids.values().map(|id| give_media(catalogue, id.clone(), &objects));
    stream::iter(set).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
    let collections = put_collections(catalogue, &ids).await?;
    Ok(Loaded {
        added,
        kept: before.len(),
        collections,
    })
}

/// The demonstration's films in the store: their ids, by their names in the demonstration.
async fn films(catalogue: &dyn Catalogue) -> Result<HashMap<String, String>> {
    let mut films = HashMap::new();
    titles::each(catalogue, |title| {
        if title.source == SOURCE {
            films.insert(title.source_id, title.title_id);
        }
        Ok(())
    })
    .await?;
    Ok(films)
}

/// The result of removing the demonstration's films.
#[derive(Debug, Default)]
pub(crate) struct Removed {
    pub(crate) deleted: usize,
    /// Films that were sold: they are hidden instead.
    pub(crate) kept: usize,
}

/// Removes the demonstration's films from the store and from its collections. Their files stay in the blob store, because
/// films that were sold still play them.
pub(crate) async fn remove(catalogue: &dyn Catalogue) -> Result<Removed> {
    let films: Vec<_> = films(catalogue).await?.into_values().collect();
    for entry in collection::read(catalogue::DEMONSTRATION_COLLECTIONS)? {
        take_out_of(catalogue, entry.id, &films).await?;
    }
    let mut removed = Removed::default();
    for title_id in films {
        let answer = catalogue
            .delete_title(Call::by_service(DeleteTitleRequest { title_id }))
            .await;
        if answer.map_err(|fault| told(&fault))?.is_kept {
            removed.kept += 1;
        } else {
            removed.deleted += 1;
        }
    }
    Ok(removed)
}

/// Removes the films from a collection, and deletes it if it has no other films.
async fn take_out_of(catalogue: &dyn Catalogue, collection_id: String, films: &[String]) -> Result<()> {
    let Some(mut collection) = collection::find(catalogue, collection_id.clone()).await? else {
        return Ok(());
    };
    collection.title_ids.retain(|title| !films.contains(title));
    if collection.title_ids.is_empty() {
        let request = DeleteCollectionRequest { collection_id };
        let answer = catalogue.delete_collection(Call::by_service(request)).await;
        return answer.map(drop).map_err(|fault| told(&fault));
    }
    let request = PutCollectionRequest {
        collection_id,
        names: collection.names,
        descriptions: collection.descriptions,
        title_ids: collection.title_ids,
        position: collection.position,
    };
    let answer = catalogue.put_collection(Call::by_service(request)).await;
    answer.map(drop).map_err(|fault| told(&fault))
}

/// Stores the files that play for every film, and returns their objects.
async fn store_files(blobs: &Arc<dyn ObjectStore>) -> Result<Vec<MediaObject>> {
    let object = |name: String, role: MediaRole, language: &str, content: &'static [u8]| {
        let content_type = if role == MediaRole::Film { FILM_TYPE } else { TRACK_TYPE };
        let object = MediaObject {
            location: format!("{FOLDER}/{name}"),
            name,
            content_type: content_type.to_owned(),
            size_bytes: i64::try_from(content.len()).unwrap_or(i64::MAX),
            role: role.into(),
            language: language.to_owned(),
            label: String::new(),
            replaced: false,
        };
        (object, content)
    };
    let film = object(FILM_NAME.to_owned(), MediaRole::Film, "", catalogue::DEMONSTRATION_FILM);
    let chapters = catalogue::DEMONSTRATION_CHAPTERS;
    let chapters = object("chapters.vtt".to_owned(), MediaRole::Chapters, "", chapters);
    let subtitles = catalogue::DEMONSTRATION_SUBTITLES.map(|(language, content)| {
        let name = format!("subtitles.{language}.vtt");
        object(name, MediaRole::Subtitles, language, content)
    });
    let mut objects = Vec::new();
    for (object, content) in [film].into_iter().chain(subtitles).chain([chapters]) {
        let put = blobs.put(&Path::from(object.location.as_str()), content.into()).await;
        put.context("the demonstration's film could not be stored")?;
        objects.push(object);
    }
    Ok(objects)
}

/// Creates the collections that do not exist, which name their films as the demonstration's file does, and counts them.
async fn put_collections(catalogue: &dyn Catalogue, ids: &HashMap<String, String>) -> Result<usize> {
    let mut put = 0;
    for entry in collection::read(catalogue::DEMONSTRATION_COLLECTIONS)? {
        if collection::find(catalogue, entry.id.clone()).await?.is_some() {
            continue;
        }
        put += 1;
        let known = entry.titles.iter().filter_map(|source_id| ids.get(source_id).cloned());
        let title_ids = known.collect();
        let answer = catalogue.put_collection(Call::by_service(entry.of(title_ids))).await;
        answer.map_err(|fault| told(&fault))?;
    }
    Ok(put)
}

/// Adds the films that the store does not have, and counts them.
async fn import(catalogue: &dyn Catalogue, there: &HashMap<String, String>, now_us: i64) -> Result<usize> {
    let broken = |reason: String| anyhow::anyhow!("the demonstration catalogue cannot be read: {reason}");
    let mut file = FilmFile::open(catalogue::DEMONSTRATION_TITLES).map_err(|error| broken(error.reason))?;
    let mut rows = Vec::new();
    while let Some(row) = file.next().map_err(|error| broken(error.reason))? {
        match row.film {
            Ok(title) if there.contains_key(&title.source_id) => {}
            Ok(title) => rows.push(ImportRow {
                row: row.number,
                title: Some(draining(title, now_us)),
            }),
            Err(refusal) => bail!("the demonstration's row {} is refused: {refusal:?}", row.number),
        }
    }
    let added = rows.len();
    let request = ImportTitlesRequest {
        rows,
        ..ImportTitlesRequest::default()
    };
    let messages = stream::once(ready(Ok(request)));
    let answer = catalogue.import_titles(Call::by_service(Box::pin(messages))).await;
    let summary = answer.map_err(|fault| told(&fault))?;
    ensure!(
        summary.refused.is_empty(),
        "the demonstration's rows are refused: {:?}",
        summary.refused
    );
    Ok(added)
}

/// The title; if it is one of those that leave soon, its offers get an end.
fn draining(mut title: TitleInput, now_us: i64) -> TitleInput {
    let days = LEAVING_IN_DAYS
        .iter()
        .find(|(source_id, _)| *source_id == title.source_id);
    if let Some((_, days)) = days {
        for offer in &mut title.offers {
            offer.available_until_us = now_us.saturating_add(days * DAY_US);
        }
    }
    title
}

async fn is_empty(catalogue: &dyn Catalogue) -> Result<bool> {
    let request = SearchTitlesRequest {
        page_size: 1,
        ..SearchTitlesRequest::default()
    };
    let answer = catalogue.search_titles(Call::by_service(request)).await;
    Ok(answer.map_err(|fault| told(&fault))?.titles.is_empty())
}

/// Gives a title the demonstration's film, unless it has one.
async fn give_media(catalogue: &dyn Catalogue, title_id: String, objects: &[MediaObject]) -> Result<()> {
    let request = GetMediaRequest {
        title_id: title_id.clone(),
    };
    match catalogue.get_media(Call::by_service(request)).await {
        Ok(_) => return Ok(()),
        Err(fault) if fault.code == Code::NotFound => {}
        Err(fault) => return Err(told(&fault)),
    }
    let request = SetMediaRequest {
        title_id,
        objects: objects.to_vec(),
    };
    let answer = catalogue.set_media(Call::by_service(request)).await;
    answer.map(drop).map_err(|fault| told(&fault))
}
