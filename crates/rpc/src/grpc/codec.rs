//! Messages within gRPC's frames: Protobuf, or JSON where `content-type` says `application/grpc+json`.

use std::marker::PhantomData;

use bytes::Buf;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue};
use tonic::Status;
use tonic::codec::{BufferSettings, Codec, CompressionEncoding, DecodeBuf, Decoder, EncodeBuf, Encoder};

use crate::encoding::{Compression, Format};
use crate::routes::Payload;

pub(super) const JSON: HeaderValue = HeaderValue::from_static("application/grpc+json");

/// The initial size of the buffer that messages are encoded into.
const BUFFER_BYTES: usize = 8 * 1024;
/// Ready messages of a stream are passed on together up to this size, so that the reader is woken once for all of them.
const TOGETHER_BYTES: usize = 128 * 1024;

/// The format of a request.
pub(super) fn format(headers: &HeaderMap) -> Format {
    match headers.get(CONTENT_TYPE) {
        Some(kind) if kind == JSON => Format::Json,
        _ => Format::Protobuf,
    }
}

impl From<Compression> for CompressionEncoding {
    fn from(compression: Compression) -> Self {
        match compression {
            Compression::Gzip => Self::Gzip,
            Compression::Zstd => Self::Zstd,
        }
    }
}

/// Writes messages of one type and reads those of another.
pub(super) struct Messages<Written, Read> {
    format: Format,
    types: PhantomData<fn(Written) -> Read>,
}

impl<Written, Read> Messages<Written, Read> {
    pub(super) fn new(format: Format) -> Self {
        let types = PhantomData;
        Self { format, types }
    }
}

impl<Written: Payload, Read: Payload> Codec for Messages<Written, Read> {
    type Encode = Written;
    type Decode = Read;
    type Encoder = Side<Written>;
    type Decoder = Side<Read>;

    fn encoder(&mut self) -> Self::Encoder {
        Side::new(self.format)
    }

    fn decoder(&mut self) -> Self::Decoder {
        Side::new(self.format)
    }
}

/// The codec of one direction.
pub(super) struct Side<T> {
    format: Format,
    message: PhantomData<fn() -> T>,
}

impl<T> Side<T> {
    fn new(format: Format) -> Self {
        let message = PhantomData;
        Self { format, message }
    }
}

impl<T: Payload> Encoder for Side<T> {
    type Item = T;
    type Error = Status;

    fn encode(&mut self, message: T, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        let written = self.format.write(&message, buffer);
        written.map_err(|error| Status::internal(error.to_string()))
    }

    fn buffer_settings(&self) -> BufferSettings {
        BufferSettings::new(BUFFER_BYTES, TOGETHER_BYTES)
    }
}

impl<T: Payload> Decoder for Side<T> {
    type Item = T;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<T>, Status> {
        let message = buffer.copy_to_bytes(buffer.remaining());
        let read = self.format.read(message);
        read.map(Some).map_err(|error| Status::internal(error.to_string()))
    }
}
