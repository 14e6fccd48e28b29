//! `dvs media add`: gives a film its file.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use api::catalogue::{Catalogue, GetTitleRequest, SearchTitlesRequest, Title, UploadMediaRequest};
use futures::future::ready;
use futures::{StreamExt, stream};
use rpc::{Call, Code};
use tokio::fs::File;
use tokio::io::AsyncReadExt;
use tokio_util::io::ReaderStream;

use crate::commands::{say, told};
use crate::config::MediaAddOptions;
use crate::reach::{Missing, Reached};

/// What the first bytes of a file say.
const SIGNATURE_BYTES: usize = 12;
/// What is sent of a file at once.
const PIECE_BYTES: usize = 256 * 1024;

/// A kind of film file that browsers play.
struct Kind {
    name: &'static str,
    content_type: &'static str,
}

pub(crate) async fn add(options: MediaAddOptions) -> Result<()> {
    let kind = kind_of(&options.file).await?;
    let store = Reached::open_with(&options.store, &options.media, "dvs media add", Missing::Refuse).await?;
    let added = async {
        let title = find(store.catalogue.as_ref(), &options.title).await?;
        upload(store.catalogue.as_ref(), &title, &options.file, &kind).await?;
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

/// Sends the file piece by piece, as fast as it is taken. What the title has plays on until all of it is there.
async fn upload(catalogue: &dyn Catalogue, title: &Title, path: &Path, kind: &Kind) -> Result<()> {
    let at = || format!("cannot read {}", path.display());
    let file = File::open(path).await.with_context(at)?;
    let first = UploadMediaRequest {
        title_id: title.title_id.clone(),
        name: kind.name.to_owned(),
        content_type: kind.content_type.to_owned(),
        bytes: Vec::new(),
    };
    let pieces = ReaderStream::with_capacity(file, PIECE_BYTES).map(|piece| {
        let bytes = piece.map_err(|error| rpc::Fault::new(Code::Aborted, "FILE_UNREADABLE", error.to_string()))?;
        Ok(UploadMediaRequest {
            bytes: bytes.to_vec(),
            ..UploadMediaRequest::default()
        })
    });
    let messages = stream::once(ready(Ok(first))).chain(pieces);
    let answer = catalogue.upload_media(Call::by_service(Box::pin(messages))).await;
    answer.map(drop).map_err(|fault| told(&fault))
}
