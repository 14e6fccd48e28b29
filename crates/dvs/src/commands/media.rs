//! `dvs media add`: uploads a film's file, and its subtitles and chapters; `dvs media status`: shows the state of the film's file.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use api::catalogue::{
    Catalogue, GetMediaStatusRequest, MediaRole, MediaState, MediaStatus, Rendition, Title, UploadMediaRequest,
};
use futures::future::ready;
use futures::{StreamExt, stream};
use rpc::{Call, Code};
use serde::Serialize;
use tokio::fs::File;
use tokio::io::AsyncReadExt;
use tokio_util::io::ReaderStream;

use crate::commands::{find, note, say, told};
use crate::config::{MediaAddOptions, MediaStatusOptions};
use crate::reach::{Missing, StoreConnection};
use crate::values::SubtitleFile;

/// How many of a file's first bytes show its format.
const SIGNATURE_BYTES: usize = 12;
/// How many bytes of the file one message has.
const PIECE_BYTES: usize = 256 * 1024;

/// The role of a file in its title's asset.
struct Kind {
    name: String,
    content_type: &'static str,
    role: MediaRole,
    /// The language of subtitles.
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
    let store = StoreConnection::open_with(&options.store, &options.media, "dvs media add", Missing::Refuse).await?;
    let added = async {
        let catalogue = store.catalogue().await?;
        let title = find(catalogue, &options.title).await?;
        for (kind, file) in &files {
            let at = || format!("{} is not taken", file.display());
            let uploaded = upload(catalogue, &title, file, kind, options.sell_anyway).await;
            let notes = uploaded.with_context(at)?;
            say(format_args!("{} ({}) has {}", title.name, title.year, file.display()))?;
            for note in notes {
                say(format_args!("  {note}"))?;
            }
        }
        Ok(())
    };
    let added = added.await;
    store.close().await;
    added
}

/// Shows the state of a film's file.
pub(crate) async fn status(options: MediaStatusOptions) -> Result<()> {
    let store = StoreConnection::open_with(&options.store, &options.media, "dvs media status", Missing::Refuse).await?;
    let asked = async {
        let catalogue = store.catalogue().await?;
        let title = find(catalogue, &options.title).await?;
        let request = GetMediaStatusRequest {
            title_id: title.title_id.clone(),
        };
        let answer = catalogue.get_media_status(Call::by_service(request)).await;
        Ok::<_, anyhow::Error>((title, answer.map_err(|fault| told(&fault))?))
    };
    let asked = asked.await;
    store.close().await;
    let (title, status) = asked?;
    if options.json {
        return say(Status::of(&status).to_json()?);
    }
    let status = Status::of(&status);
    say(format_args!("{} ({}): {}", title.name, title.year, status.state))?;
    if let Some(reason) = status.reason {
        say(format_args!("  {reason}"))?;
    }
    if status.size_bytes == 0 {
        note(format_args!("dvs media add {:?} FILE gives it a film", title.name))?;
    }
    for rendition in &status.renditions {
        let (codec, width, height) = (rendition.codec, rendition.width, rendition.height);
        say(format_args!("  picture: {codec}, {width}×{height}"))?;
    }
    for (what, entries) in [("sound", &status.audio), ("subtitles", &status.subtitles)] {
        if !entries.is_empty() {
            say(format_args!("  {what}: {}", entries.join(", ")))?;
        }
    }
    Ok(())
}

/// The output of `dvs media status --json`.
#[derive(Serialize)]
struct Status<'a> {
    state: &'static str,
    percent: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    container: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_seconds: Option<f64>,
    size_bytes: i64,
    sold_anyway: bool,
    renditions: Vec<RenditionStatus<'a>>,
    audio: Vec<&'a str>,
    subtitles: Vec<&'a str>,
    chapters: bool,
}

#[derive(Serialize)]
struct RenditionStatus<'a> {
    codec: &'a str,
    width: i32,
    height: i32,
}

impl<'a> Status<'a> {
    fn of(status: &'a MediaStatus) -> Self {
        let some = |text: &'a String| Some(text.as_str()).filter(|text| !text.is_empty());
        let (state, percent) = match status.state() {
            MediaState::Ready => ("ready", 100),
            MediaState::Unplayable => ("unplayable", 100),
            MediaState::Unspecified => ("none", 0),
        };
        let rendition = |of: &'a Rendition| RenditionStatus {
            codec: &of.codec,
            width: of.width,
            height: of.height,
        };
        let duration = Duration::from_millis(u64::try_from(status.duration_ms).unwrap_or_default());
        Self {
            state,
            percent,
            reason: some(&status.reason),
            container: some(&status.container),
            duration_seconds: Some(duration.as_secs_f64()).filter(|seconds| *seconds > 0.0),
            size_bytes: status.size_bytes,
            sold_anyway: status.sold_anyway,
            renditions: status.renditions.iter().map(rendition).collect(),
            audio: status.audio.iter().map(String::as_str).collect(),
            subtitles: status.subtitles.iter().map(|track| track.language.as_str()).collect(),
            chapters: status.has_chapters,
        }
    }

    fn to_json(&self) -> Result<String> {
        Ok(serde_json::to_string(self)?)
    }
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
    // The catalogue recognizes other files, and says what they are.
    if start.starts_with(&[0x1a, 0x45, 0xdf, 0xa3]) {
        return Ok(Kind::film("film.webm", "video/webm"));
    }
    Ok(Kind::film("film.mp4", "video/mp4"))
}

/// Sends the file piece by piece, as fast as the catalogue takes it, and returns the catalogue's notes. Until the
/// upload is complete, the title plays its earlier file.
async fn upload(
    catalogue: &dyn Catalogue,
    title: &Title,
    path: &Path,
    kind: &Kind,
    sell_anyway: bool,
) -> Result<Vec<String>> {
    let at = || format!("cannot read {}", path.display());
    let file = File::open(path).await.with_context(at)?;
    let first = UploadMediaRequest {
        title_id: title.title_id.clone(),
        name: kind.name.clone(),
        content_type: kind.content_type.to_owned(),
        role: kind.role.into(),
        language: kind.language.clone(),
        sell_anyway,
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
    Ok(answer.map_err(|fault| told(&fault))?.notes)
}
