//! Taking files in: into the blob store first, whole, and then they are the title's.

use std::pin::pin;
use std::sync::Arc;

use futures::{Stream, StreamExt};

use object_store::buffered::BufWriter;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use tokio::io::AsyncWriteExt;

use crate::fault::{Fault, Result};
use crate::media::MediaObject;
use crate::webvtt;

/// The largest film: a few hours in 4K.
const FILM_LIMIT_BYTES: u64 = 64 * 1024 * 1024 * 1024;

/// The largest track: text for a day.
const TRACK_LIMIT_BYTES: usize = 2 * 1024 * 1024;

/// How the files of each type begin: at which byte, with what.
const SIGNATURES: [(&str, usize, &[u8]); 2] = [("video/mp4", 4, b"ftyp"), ("video/webm", 0, &[0x1a, 0x45, 0xdf, 0xa3])];

/// Takes in a film, as fast as the blob store does.
pub(crate) async fn film(
    blobs: &Arc<dyn ObjectStore>,
    object: MediaObject,
    bytes: impl Stream<Item = rpc::Result<Vec<u8>>> + Send,
) -> Result<MediaObject> {
    let mut upload = Upload::begin(blobs, object);
    let received = async {
        let mut bytes = pin!(bytes);
        while let Some(piece) = bytes.next().await {
            upload.write(&piece?).await?;
        }
        Ok(())
    };
    if let Err(fault) = received.await {
        upload.abort().await;
        return Err(fault);
    }
    upload.finish().await
}

/// Takes in a track, which is looked at before it is kept.
pub(crate) async fn track(
    blobs: &Arc<dyn ObjectStore>,
    object: MediaObject,
    bytes: impl Stream<Item = rpc::Result<Vec<u8>>> + Send,
) -> Result<MediaObject> {
    let mut content = Vec::new();
    let mut bytes = pin!(bytes);
    while let Some(piece) = bytes.next().await {
        content.extend_from_slice(&piece?);
        if content.len() > TRACK_LIMIT_BYTES {
            return Err(Fault::invalid("bytes", "The track is larger than 2 MiB."));
        }
    }
    webvtt::check(&content)?;
    let size_bytes = i64::try_from(content.len()).unwrap_or(i64::MAX);
    let put = blobs.put(&Path::from(object.location.as_str()), content.into()).await;
    put.map_err(|error| unwritten(&error))?;
    Ok(MediaObject { size_bytes, ..object })
}

/// A file on its way into the blob store. Dropped before it is finished, it was never there.
struct Upload {
    writer: BufWriter,
    object: MediaObject,
    /// The first bytes, until they show what the file is.
    start: Option<Vec<u8>>,
}

impl Upload {
    fn begin(blobs: &Arc<dyn ObjectStore>, object: MediaObject) -> Self {
        Self {
            writer: BufWriter::new(Arc::clone(blobs), Path::from(object.location.as_str())),
            object: MediaObject {
                size_bytes: 0,
                ..object
            },
            start: Some(Vec::new()),
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
        if let Some(start) = &mut self.start {
            start.extend_from_slice(bytes);
            if !is_of_type(start, &self.object.content_type)? {
                return Ok(());
            }
            let start = self.start.take().unwrap_or_default();
            return self.writer.write_all(&start).await.map_err(|error| unwritten(&error));
        }
        self.writer.write_all(bytes).await.map_err(|error| unwritten(&error))
    }

    /// Stores the file for good.
    async fn finish(mut self) -> Result<MediaObject> {
        if self.start.is_some() {
            let message = format!("This is no {} file.", self.object.content_type);
            return Err(Fault::invalid("bytes", message));
        }
        self.writer.shutdown().await.map_err(|error| unwritten(&error))?;
        Ok(self.object)
    }

    async fn abort(mut self) {
        if let Err(error) = self.writer.abort().await {
            tracing::debug!(%error, "what was uploaded in vain stays until the blob store cleans up");
        }
    }
}

/// Whether enough is there to see that it is a file of this type; a fault when it is none.
fn is_of_type(start: &[u8], content_type: &str) -> Result<bool> {
    let signature = SIGNATURES.iter().find(|(known, ..)| *known == content_type);
    let Some((_, at, bytes)) = signature else {
        return Err(Fault::invalid("content_type", "Films are video/mp4 or video/webm."));
    };
    match start.get(*at..at + bytes.len()) {
        None => Ok(false),
        Some(found) if found == *bytes => Ok(true),
        Some(_) => Err(Fault::invalid("bytes", format!("This is no {content_type} file."))),
    }
}

/// Takes away a file that nothing plays any more; what cannot be is only space.
pub(crate) async fn remove(blobs: &dyn ObjectStore, location: &str) {
    if let Err(error) = blobs.delete(&Path::from(location)).await {
        tracing::warn!(%error, location, "a film file that nothing plays could not be removed");
    }
}

fn unwritten(error: &dyn std::error::Error) -> Fault {
    Fault::Internal {
        private: format!("the blob store: {error}"),
    }
}
