//! Compression of bodies: `Content-Encoding` and `Accept-Encoding`, gzip and zstd.

use std::io::{self, Write};

use async_compression::tokio::bufread::{GzipDecoder, ZstdDecoder};
use async_compression::zstd::DParameter;
use axum::body::{Body, BodyDataStream};
use bytes::{Bytes, BytesMut};
use flate2::write::GzEncoder;
use futures::stream::unfold;
use futures::{StreamExt, TryStreamExt};
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio_util::io::StreamReader;

use crate::encoding::Compression;

/// The largest window of a compressed body, 8 MiB as RFC 9659 says; it bounds the memory that decompression takes.
const ZSTD_WINDOW_LOG: u32 = 23;
const ZSTD_LEVEL: i32 = 3;
/// How many bytes are decompressed at once.
const CHUNK_BYTES: usize = 16 * 1024;

/// The compression of an answer: the first in our order of preference that the caller accepts.
pub(super) fn accepted(headers: &HeaderMap) -> Option<Compression> {
    let names = headers.get(ACCEPT_ENCODING)?.to_str().ok()?;
    let takes = |wanted: Compression| {
        names.split(',').any(|name| {
            let (name, weight) = name.split_once(';').unwrap_or((name, ""));
            name.trim() == wanted.name() && !matches!(weight.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
        })
    };
    [Compression::Zstd, Compression::Gzip]
        .into_iter()
        .find(|one| takes(*one))
}

/// Sets the body's `Content-Encoding`, and compresses the body.
pub(super) fn pack(compression: Compression, headers: &mut HeaderMap, body: Body) -> Body {
    headers.insert(CONTENT_ENCODING, HeaderValue::from_static(compression.name()));
    headers.remove(CONTENT_LENGTH);
    let packing = Packing {
        chunks: body.into_data_stream(),
        packer: Packer::new(compression).ok(),
    };
    Body::from_stream(unfold(packing, |mut packing| async move {
        let packed = packing.next().await?;
        Some((packed, packing))
    }))
}

/// Compresses an answer if its caller accepts that.
pub(super) fn packed(accepted: Option<Compression>, response: Response<Body>) -> Response<Body> {
    let Some(compression) = accepted.filter(|_| response.status() != StatusCode::SWITCHING_PROTOCOLS) else {
        return response;
    };
    let (mut parts, body) = response.into_parts();
    let body = pack(compression, &mut parts.headers, body);
    Response::from_parts(parts, body)
}

/// Decompresses a body. One in an unknown encoding is left as it is, and will not be readable as a message.
///
/// The body is read to its end even after the compressed data. Over HTTP/2, dropping it earlier counts as a cancelled
/// call, and a connection with too many of those is closed. An error at that point is ignored, because the data is
/// complete.
pub(super) fn unpack(headers: &mut HeaderMap, body: Body) -> Body {
    let encoding = headers.get(CONTENT_ENCODING).and_then(|name| name.to_str().ok());
    let reader = |body: Body| StreamReader::new(body.into_data_stream().map_err(io::Error::other));
    let unpacked = match encoding {
        Some("gzip") => unpacking(GzipDecoder::new(reader(body)), GzipDecoder::into_inner),
        Some("zstd") => {
            let window = DParameter::window_log_max(ZSTD_WINDOW_LOG);
            let decoder = ZstdDecoder::with_params(reader(body), &[window]);
            unpacking(decoder, ZstdDecoder::into_inner)
        }
        _ => return body,
    };
    headers.remove(CONTENT_ENCODING);
    unpacked
}

fn unpacking<D, R>(decoder: D, packed: fn(D) -> R) -> Body
where
    D: AsyncRead + Unpin + Send + 'static,
    R: AsyncRead + Unpin + Send + 'static,
{
    Body::from_stream(unfold(Some(decoder), move |decoder| async move {
        let mut decoder = decoder?;
        let mut chunk = BytesMut::with_capacity(CHUNK_BYTES);
        match decoder.read_buf(&mut chunk).await {
            Ok(0) => {
                let _ = packed(decoder).read_u8().await;
                None
            }
            Ok(_) => Some((Ok(chunk.freeze()), Some(decoder))),
            Err(error) => Some((Err(error), None)),
        }
    }))
}

/// A body that is compressed chunk by chunk; each chunk is flushed at once instead of waiting for more.
struct Packing {
    chunks: BodyDataStream,
    /// None once the body has ended.
    packer: Option<Packer>,
}

impl Packing {
    async fn next(&mut self) -> Option<io::Result<Bytes>> {
        let at_work = self.packer.as_mut()?;
        let packed = match self.chunks.next().await {
            Some(Ok(chunk)) => at_work.pack(&chunk),
            // The body was cut: its reader must not take that for a normal end.
            Some(Err(error)) => Err(io::Error::other(error)),
            None => return self.packer.take().map(Packer::finish),
        };
        if packed.is_err() {
            self.packer = None;
        }
        Some(packed)
    }
}

enum Packer {
    Gzip(GzEncoder<Vec<u8>>),
    Zstd(zstd::stream::write::Encoder<'static, Vec<u8>>),
}

impl Packer {
    fn new(compression: Compression) -> io::Result<Self> {
        Ok(match compression {
            Compression::Gzip => Self::Gzip(GzEncoder::new(Vec::new(), flate2::Compression::default())),
            Compression::Zstd => Self::Zstd(zstd::stream::write::Encoder::new(Vec::new(), ZSTD_LEVEL)?),
        })
    }

    fn pack(&mut self, chunk: &[u8]) -> io::Result<Bytes> {
        let packed = match self {
            Self::Gzip(encoder) => {
                encoder.write_all(chunk)?;
                encoder.flush()?;
                encoder.get_mut()
            }
            Self::Zstd(encoder) => {
                encoder.write_all(chunk)?;
                encoder.flush()?;
                encoder.get_mut()
            }
        };
        Ok(std::mem::take(packed).into())
    }

    fn finish(self) -> io::Result<Bytes> {
        let packed = match self {
            Self::Gzip(encoder) => encoder.finish()?,
            Self::Zstd(encoder) => encoder.finish()?,
        };
        Ok(packed.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_better_packing_that_a_caller_takes_is_chosen() {
        let chosen = |names: &'static str| {
            let headers = HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(names))]);
            accepted(&headers)
        };
        assert_eq!(chosen("gzip, deflate, br, zstd"), Some(Compression::Zstd));
        assert_eq!(chosen("gzip;q=0.5, zstd;q=0"), Some(Compression::Gzip));
        assert_eq!(chosen("br"), None);
        assert_eq!(chosen("identity"), None);
        assert_eq!(accepted(&HeaderMap::new()), None);
    }
}
