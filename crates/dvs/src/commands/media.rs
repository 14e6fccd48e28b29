//! `dvs media add`: gives a film its file.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use api::catalogue::{
    Catalogue, GetMediaRequest, GetTitleRequest, MediaAsset, MediaObject, SearchTitlesRequest, SetMediaRequest, Title,
};
use object_store::buffered::BufWriter;
use object_store::{ObjectStore, ObjectStoreExt};
use rpc::{Call, Code};
use std::sync::Arc;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use uuid::Uuid;

use crate::commands::{say, told};
use crate::config::MediaAddOptions;
use crate::media;
use crate::reach::{Missing, Reached};

/// What the first bytes of a file say.
const SIGNATURE_BYTES: usize = 12;

/// A kind of film file that browsers play.
struct Kind {
    name: &'static str,
    content_type: &'static str,
}

pub(crate) async fn add(options: MediaAddOptions) -> Result<()> {
    let kind = kind_of(&options.file).await?;
    let store = Reached::open(&options.store, "dvs media add", Missing::Refuse).await?;
    let added = async {
        let blobs = media::open(options.media.media_url.as_deref(), &options.store.data_dir)?;
        let title = find(store.catalogue.as_ref(), &options.title).await?;
        replace(store.catalogue.as_ref(), &blobs, &title, &options.file, &kind).await?;
        say(format_args!(
            "{} ({}) plays {}",
            title.name,
            title.year,
            options.file.display()
        ))
    };
    let added = added.await;
    store.close().await;
    added
}

async fn kind_of(file: &Path) -> Result<Kind> {
    let at = || format!("cannot read {}", file.display());
    let mut start = Vec::new();
    let opened = File::open(file).await.with_context(at)?;
    opened
        .take(SIGNATURE_BYTES as u64)
        .read_to_end(&mut start)
        .await
        .with_context(at)?;
    if start.get(4..8) == Some(b"ftyp") {
        return Ok(Kind {
            name: "film.mp4",
            content_type: "video/mp4",
        });
    }
    if start.starts_with(&[0x1a, 0x45, 0xdf, 0xa3]) {
        return Ok(Kind {
            name: "film.webm",
            content_type: "video/webm",
        });
    }
    bail!("{} is neither an MP4 nor a WebM file", file.display())
}

/// The title with this id, or the only one with this name.
async fn find(catalogue: &dyn Catalogue, title: &str) -> Result<Title> {
    let by_id = GetTitleRequest {
        title_id: title.to_owned(),
    };
    match catalogue.get_title(Call::by_service(by_id)).await {
        Err(fault) if fault.code == Code::NotFound => {}
        answer => return answer.map_err(|fault| told(&fault)),
    }
    let by_name = SearchTitlesRequest {
        query: title.to_owned(),
        page_size: 100,
        ..SearchTitlesRequest::default()
    };
    let found = catalogue.search_titles(Call::by_service(by_name)).await;
    let mut found = found.map_err(|fault| told(&fault))?.titles;
    found.retain(|found| found.name.to_lowercase() == title.to_lowercase());
    ensure!(!found.is_empty(), "no title has the id or the name {title:?}");
    let ids: Vec<_> = found
        .iter()
        .map(|found| format!("{} ({})", found.title_id, found.year))
        .collect();
    ensure!(
        ids.len() == 1,
        "several titles are called {title:?}; give the id of one: {}",
        ids.join(", ")
    );
    let by_id = GetTitleRequest {
        title_id: found.remove(0).title_id,
    };
    catalogue
        .get_title(Call::by_service(by_id))
        .await
        .map_err(|fault| told(&fault))
}

/// Puts the file beside what the title has, makes it the title's own, and only then takes away what it replaces.
async fn replace(
    catalogue: &dyn Catalogue,
    blobs: &Arc<dyn ObjectStore>,
    title: &Title,
    file: &Path,
    kind: &Kind,
) -> Result<()> {
    let old = catalogue
        .get_media(Call::by_service(GetMediaRequest {
            title_id: title.title_id.clone(),
        }))
        .await;
    let old = old.unwrap_or_default();
    let location = format!("titles/{}/{}/{}", title.title_id, new_version(), kind.name);
    let size_bytes = upload(blobs, file, &location).await?;
    let object = MediaObject {
        name: kind.name.to_owned(),
        location: location.clone(),
        content_type: kind.content_type.to_owned(),
        size_bytes,
    };
    let request = SetMediaRequest {
        title_id: title.title_id.clone(),
        objects: vec![object],
    };
    if let Err(fault) = catalogue.set_media(Call::by_service(request)).await {
        // Nobody knows of the new file; it must not stay.
        let _ = blobs.delete(&location.into()).await;
        return Err(told(&fault));
    }
    remove(blobs, &title.title_id, old).await;
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "the name of a new file, of no meaning to any rule"
)]
fn new_version() -> Uuid {
    Uuid::now_v7()
}

async fn upload(blobs: &Arc<dyn ObjectStore>, file: &Path, location: &str) -> Result<i64> {
    let at = || format!("cannot store {}", file.display());
    let mut source = File::open(file).await.with_context(at)?;
    let mut sink = BufWriter::new(Arc::clone(blobs), location.into());
    let copied = tokio::io::copy(&mut source, &mut sink).await;
    match copied {
        Ok(size) => {
            sink.shutdown().await.with_context(at)?;
            Ok(i64::try_from(size)?)
        }
        Err(error) => {
            sink.abort().await.with_context(at)?;
            Err(error).with_context(at)
        }
    }
}

/// Takes away the objects that were the title's own; what titles share stays.
async fn remove(blobs: &Arc<dyn ObjectStore>, title_id: &str, asset: MediaAsset) {
    let own = format!("titles/{title_id}/");
    for object in asset
        .objects
        .into_iter()
        .filter(|object| object.location.starts_with(&own))
    {
        if let Err(error) = blobs.delete(&object.location.as_str().into()).await {
            tracing::warn!(location = object.location, %error, "a replaced file could not be removed");
        }
    }
}
