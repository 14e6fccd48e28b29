//! `dvs media add`: gives a film its file, and the subtitles and chapters beside it.

use std::path::Path;

use anyhow::{Context, Result, bail};
use api::catalogue::{Catalogue, MediaRole, Title, UploadMediaRequest};
use futures::future::ready;
use futures::{StreamExt, stream};
use rpc::{Call, Code};
use tokio::fs::File;
use tokio::io::AsyncReadExt;
use tokio_util::io::ReaderStream;

use crate::commands::{find, say, told};
use crate::config::MediaAddOptions;
use crate::reach::{Missing, Reached};
use crate::values::SubtitleFile;

/// What the first bytes of a file say.
const SIGNATURE_BYTES: usize = 12;
/// What is sent of a file at once.
const PIECE_BYTES: usize = 256 * 1024;

/// What a file is to its film.
struct Kind {
    name: String,
    content_type: &'static str,
    role: MediaRole,
    /// Of subtitles.
    language: String,
}

impl Kind {
    fn film(name: &str, content_type: &'static str) -> Self {
        Self {
            name: name.to_owned(),
            content_type,
            role: MediaRole::Film,
            language: String::new(),
        }
    }

    fn track(name: String, role: MediaRole, language: String) -> Self {
        Self {
            name,
            content_type: "text/vtt",
            role,
            language,
        }
    }
}

pub(crate) async fn add(options: MediaAddOptions) -> Result<()> {
    let mut files = Vec::new();
    if let Some(film) = options.file {
        files.push((kind_of(&film).await?, film));
    }
    for SubtitleFile { language, file } in options.subtitles {
        let name = format!("subtitles.{language}.vtt");
        files.push((Kind::track(name, MediaRole::Subtitles, language), file));
    }
    if let Some(chapters) = options.chapters {
        let kind = Kind::track("chapters.vtt".to_owned(), MediaRole::Chapters, String::new());
        files.push((kind, chapters));
    }
    let store = Reached::open_with(&options.store, &options.media, "dvs media add", Missing::Refuse).await?;
    let added = async {
        let title = find(store.catalogue.as_ref(), &options.title).await?;
        for (kind, file) in &files {
            let at = || format!("{} is not taken", file.display());
            upload(store.catalogue.as_ref(), &title, file, kind)
                .await
                .with_context(at)?;
            say(format_args!("{} ({}) has {}", title.name, title.year, file.display()))?;
        }
        Ok(())
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
        return Ok(Kind::film("film.mp4", "video/mp4"));
    }
    if start.starts_with(&[0x1a, 0x45, 0xdf, 0xa3]) {
        return Ok(Kind::film("film.webm", "video/webm"));
    }
    bail!("{} is neither an MP4 nor a WebM file", file.display())
}

/// Sends the file piece by piece, as fast as it is taken. What the title has plays on until all of it is there.
async fn upload(catalogue: &dyn Catalogue, title: &Title, path: &Path, kind: &Kind) -> Result<()> {
    let at = || format!("cannot read {}", path.display());
    let file = File::open(path).await.with_context(at)?;
    let first = UploadMediaRequest {
        title_id: title.title_id.clone(),
        name: kind.name.clone(),
        content_type: kind.content_type.to_owned(),
        role: kind.role.into(),
        language: kind.language.clone(),
        ..UploadMediaRequest::default()
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
