//! The demonstration catalogue: what a new store has on its shelves.

use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use api::catalogue::{
    Catalogue, ImportRow, ImportTitlesRequest, MediaObject, SearchTitlesRequest, SetMediaRequest, TitleSummary,
};
use futures::future::ready;
use futures::{StreamExt, TryStreamExt, stream};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use rpc::Call;

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
const PAGE: i32 = 100;
/// Films that are given their file side by side.
const AT_ONCE: usize = 16;

/// Loads the demonstration into an empty catalogue, or goes on where a loading was broken off. Tells how many films were
/// loaded.
pub(crate) async fn load(node: &Node, blobs: &Arc<dyn ObjectStore>) -> Result<i64> {
    let catalogue = node.catalogue.as_ref();
    match node.folder.read(STATE)?.as_deref() {
        Some(LOADED) => return Ok(0),
        Some(_) => {}
        None if titles(catalogue, String::new()).await?.0.is_empty() => node.folder.write(STATE, LOADING)?,
        None => return Ok(0),
    }
    let films = import(catalogue).await?;
    let film = catalogue::DEMONSTRATION_FILM;
    let put = blobs.put(&Path::from(FILM_LOCATION), film.into()).await;
    put.context("the demonstration's film could not be stored")?;
    let mut token = String::new();
    loop {
        let (page, next) = titles(catalogue, token).await?;
        let set = page
            .into_iter()
            .map(|title| set_media(catalogue, title.title_id, film.len()));
        stream::iter(set).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
        if next.is_empty() {
            break;
        }
        token = next;
    }
    node.folder.write(STATE, LOADED)?;
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

async fn titles(catalogue: &dyn Catalogue, page_token: String) -> Result<(Vec<TitleSummary>, String)> {
    let request = SearchTitlesRequest {
        page_size: PAGE,
        page_token,
        ..SearchTitlesRequest::default()
    };
    let answer = catalogue.search_titles(Call::by_service(request)).await;
    let answer = answer.map_err(|fault| told(&fault))?;
    Ok((answer.titles, answer.next_page_token))
}

async fn set_media(catalogue: &dyn Catalogue, title_id: String, size_bytes: usize) -> Result<()> {
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
