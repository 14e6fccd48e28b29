//! The demonstration catalogue: what a new store has on its shelves.

use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use api::catalogue::{
    Catalogue, ExportTitlesRequest, GetMediaRequest, ImportRow, ImportTitlesRequest, MediaObject, SearchTitlesRequest,
    SetMediaRequest,
};
use futures::future::ready;
use futures::{StreamExt, TryStreamExt, stream};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use rpc::{Call, Code};

use crate::commands::told;
use crate::import::FilmFile;
use crate::node::Node;

/// How far it has come, in the data folder: once it is loaded it is never loaded again, whatever becomes of its films.
const STATE: &str = "demonstration";
const LOADING: &str = "loading";
const LOADED: &str = "loaded";

const FILM_NAME: &str = "film.mp4";
const FILM_LOCATION: &str = "demonstration/film.mp4";
const FILM_TYPE: &str = "video/mp4";
const BATCH: i32 = 500;
/// What its films say of where they come from.
const SOURCE: &str = "demo";
/// Films that are given their file side by side.
const AT_ONCE: usize = 16;

/// Loads the demonstration into a new store, or goes on where a loading was broken off. Tells how many films were
/// loaded.
pub(crate) async fn begin(node: &Node, blobs: &Arc<dyn ObjectStore>) -> Result<i64> {
    let Some(catalogue) = node.catalogue.as_deref() else {
        return Ok(0);
    };
    match node.folder.read(STATE)?.as_deref() {
        Some(LOADED) => return Ok(0),
        Some(_) => {}
        None if is_empty(catalogue).await? => node.folder.write(STATE, LOADING)?,
        None => return Ok(0),
    }
    let films = load(catalogue, blobs).await?;
    node.folder.write(STATE, LOADED)?;
    Ok(films)
}

/// Loads the demonstration's films, and gives each its file; what is there already stays as it is.
pub(crate) async fn load(catalogue: &dyn Catalogue, blobs: &Arc<dyn ObjectStore>) -> Result<i64> {
    let films = import(catalogue).await?;
    let film = catalogue::DEMONSTRATION_FILM;
    let put = blobs.put(&Path::from(FILM_LOCATION), film.into()).await;
    put.context("the demonstration's film could not be stored")?;
    let request = ExportTitlesRequest {
        batch_size: BATCH,
        ..ExportTitlesRequest::default()
    };
    let batches = catalogue.export_titles(Call::by_service(request)).await;
    let mut batches = batches.map_err(|fault| told(&fault))?;
    while let Some(batch) = batches.next().await {
        let titles = batch.map_err(|fault| told(&fault))?.titles;
        let ours = titles.into_iter().filter(|title| title.source == SOURCE);
        let set = ours.map(|title| give_media(catalogue, title.title_id, film.len()));
        stream::iter(set).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
    }
    Ok(films)
}

async fn import(catalogue: &dyn Catalogue) -> Result<i64> {
    let broken = |reason: String| anyhow::anyhow!("the demonstration catalogue cannot be read: {reason}");
    let mut file = FilmFile::open(catalogue::DEMONSTRATION_TITLES).map_err(|error| broken(error.reason))?;
    let mut rows = Vec::new();
    while let Some(row) = file.next().map_err(|error| broken(error.reason))? {
        match row.film {
            Ok(title) => rows.push(ImportRow {
                row: row.number,
                title: Some(title),
            }),
            Err(refusal) => bail!("the demonstration's row {} is refused: {refusal:?}", row.number),
        }
    }
    let messages = stream::once(ready(Ok(ImportTitlesRequest { rows })));
    let answer = catalogue.import_titles(Call::by_service(Box::pin(messages))).await;
    let summary = answer.map_err(|fault| told(&fault))?;
    ensure!(
        summary.refused.is_empty(),
        "the demonstration's rows are refused: {:?}",
        summary.refused
    );
    Ok(summary.created + summary.unchanged)
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
async fn give_media(catalogue: &dyn Catalogue, title_id: String, size_bytes: usize) -> Result<()> {
    let request = GetMediaRequest {
        title_id: title_id.clone(),
    };
    match catalogue.get_media(Call::by_service(request)).await {
        Ok(_) => return Ok(()),
        Err(fault) if fault.code == Code::NotFound => {}
        Err(fault) => return Err(told(&fault)),
    }
    let film = MediaObject {
        name: FILM_NAME.to_owned(),
        location: FILM_LOCATION.to_owned(),
        content_type: FILM_TYPE.to_owned(),
        size_bytes: i64::try_from(size_bytes)?,
    };
    let request = SetMediaRequest {
        title_id,
        objects: vec![film],
    };
    let answer = catalogue.set_media(Call::by_service(request)).await;
    answer.map(drop).map_err(|fault| told(&fault))
}
