//! Receives files: writes each into the blob store, probes it there, and only then makes it the title's.

use std::io::{Error, ErrorKind};
use std::pin::pin;
use std::sync::Arc;

use futures::{Stream, StreamExt};

use object_store::buffered::BufWriter;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use tokio::io::AsyncWriteExt;
use tokio::runtime::Handle;

use crate::fault::{Fault, Result};
use crate::media::probe::{FileReader, Probe, Source};
use crate::media::subtitles;
use crate::media::{MediaObject, Role};

/// The largest film: a few hours in 4K.
const FILM_LIMIT_BYTES: u64 = 64 * 1024 * 1024 * 1024;

/// The largest track: more text than a day of speech.
const TRACK_LIMIT_BYTES: usize = 2 * 1024 * 1024;

/// A file that was received, with notes for the person who uploads it.
pub(crate) struct Received {
    pub(crate) object: MediaObject,
    /// What was corrected, in English.
    pub(crate) notes: Vec<String>,
}

/// Receives a film at the speed of the blob store, and probes it.
pub(crate) async fn film(
    blobs: &Arc<dyn ObjectStore>,
    object: MediaObject,
    bytes: impl Stream<Item = rpc::Result<Vec<u8>>> + Send,
) -> Result<Received> {
    let mut upload = Upload::begin(blobs, object);
    let received = async {
        let mut bytes = pin!(bytes);
        let mut start = Some(Vec::with_capacity(Probe::START_BYTES));
        while let Some(piece) = bytes.next().await {
            let piece = piece?;
            if let Some(known) = &mut start {
                known.extend(piece.iter().take(Probe::START_BYTES - known.len()));
                if known.len() == Probe::START_BYTES {
                    Probe::check_start(known)?;
                    start = None;
                }
            }
            upload.write(&piece).await?;
        }
        Ok(())
    };
    if let Err(fault) = received.await {
        upload.abort().await;
        return Err(fault);
    }
    let mut object = upload.finish().await?;
    let probe = look_into(blobs, &object).await?;
    object.unplayable = probe.unplayable().unwrap_or_default();
    object.probe = Some(probe);
    Ok(Received {
        object,
        notes: Vec::new(),
    })
}

/// Receives a track, which is read and stored as plain WebVTT; its last cue ends with the film, if the film's length is known.
pub(crate) async fn track(
    blobs: &Arc<dyn ObjectStore>,
    object: MediaObject,
    film_ms: Option<u64>,
    bytes: impl Stream<Item = rpc::Result<Vec<u8>>> + Send,
) -> Result<Received> {
    let mut content = Vec::new();
    let mut bytes = pin!(bytes);
    while let Some(piece) = bytes.next().await {
        content.extend_from_slice(&piece?);
        if content.len() > TRACK_LIMIT_BYTES {
            return Err(Fault::invalid("bytes", "The track is larger than 2 MiB."));
        }
    }
    let language = match &object.role {
        Role::Subtitles(track) => track.language.clone(),
        Role::Film | Role::Chapters => String::new(),
    };
    let read = tokio::task::spawn_blocking(move || subtitles::read(&content, &language, film_ms)).await?;
    let track = read?;
    let size_bytes = i64::try_from(track.content.len()).unwrap_or(i64::MAX);
    let put = blobs
        .put(&Path::from(object.location.as_str()), track.content.into())
        .await;
    put?;
    Ok(Received {
        object: MediaObject { size_bytes, ..object },
        notes: track.corrections,
    })
}

/// Probes a film's file to its end.
pub(crate) async fn look_into(blobs: &Arc<dyn ObjectStore>, object: &MediaObject) -> Result<Probe> {
    let source = Blob {
        blobs: Arc::clone(blobs),
        location: Path::from(object.location.as_str()),
        runtime: Handle::current(),
    };
    let size = u64::try_from(object.size_bytes).unwrap_or_default();
    let look = move || Probe::read(&mut FileReader::new(source, size));
    let found = tokio::task::spawn_blocking(look).await;
    // The readers of media files are libraries: if one panics at a file, that file counts as broken.
    let found = found.map_err(|_panic| Fault::invalid("bytes", "The file is broken: it cannot be read."))?;
    let probe = found?;
    if probe.container.content_type() != object.content_type {
        let name = probe.container.name();
        return Err(Fault::invalid("content_type", format!("This is a file of {name}.")));
    }
    Ok(probe)
}

/// A file of the blob store, as a source for a reader that blocks its thread.
struct Blob {
    blobs: Arc<dyn ObjectStore>,
    location: Path,
    runtime: Handle,
}

impl Source for Blob {
    fn read_at(&mut self, at: u64, length: u64) -> std::io::Result<Vec<u8>> {
        let read = self.blobs.get_range(&self.location, at..at.saturating_add(length));
        let bytes = self.runtime.block_on(read).map_err(Error::other)?;
        if bytes.len() as u64 == length {
            Ok(bytes.to_vec())
        } else {
            Err(Error::from(ErrorKind::UnexpectedEof))
        }
    }
}

/// A file that is being written into the blob store. Dropped before it is finished, it leaves nothing there.
struct Upload {
    writer: BufWriter,
    object: MediaObject,
}

impl Upload {
    fn begin(blobs: &Arc<dyn ObjectStore>, object: MediaObject) -> Self {
        Self {
            writer: BufWriter::new(Arc::clone(blobs), Path::from(object.location.as_str())),
            object: MediaObject {
                size_bytes: 0,
                ..object
            },
        }
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let size = u64::try_from(self.object.size_bytes)
            .unwrap_or_default()
            .saturating_add(length);
        if size > FILM_LIMIT_BYTES {
            return Err(Fault::invalid("bytes", "The file is larger than 64 GiB."));
        }
        self.object.size_bytes = i64::try_from(size).unwrap_or(i64::MAX);
        Ok(self.writer.write_all(bytes).await?)
    }

    /// Completes the file in the blob store.
    async fn finish(mut self) -> Result<MediaObject> {
        self.writer.shutdown().await?;
        Ok(self.object)
    }

    async fn abort(mut self) {
        if let Err(error) = self.writer.abort().await {
            tracing::debug!(%error, "what was uploaded in vain stays until it is swept");
        }
    }
}
