//! How messages are encoded. By default a carrier uses its own format and no compression. A client may ask for another
//! format or for compression, mainly to measure what each is worth.

use bytes::{BufMut, Bytes};

use crate::routes::Payload;

/// The formats that every message has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Protobuf,
    Json,
}

/// How bodies over REST, and messages over gRPC, are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    Gzip,
    Zstd,
}

/// What a client sends and asks for; by default its carrier's usual format, without compression.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Encoding {
    /// None is Protobuf over gRPC and JSON over REST.
    pub format: Option<Format>,
    /// Not applied to conversations over REST: WebSockets here have no extensions.
    pub compression: Option<Compression>,
}

/// A message that could not be written or read.
pub(crate) type FormatError = Box<dyn std::error::Error + Send + Sync>;

impl Format {
    pub(crate) fn write<T: Payload>(self, message: &T, buffer: &mut impl BufMut) -> Result<(), FormatError> {
        match self {
            Self::Protobuf => Ok(message.encode(buffer)?),
            Self::Json => Ok(serde_json::to_writer(buffer.writer(), message)?),
        }
    }

    /// Reads a whole message from one contiguous buffer, because reading field by field through a chain of buffers is
    /// slow. An empty buffer is an empty message.
    pub(crate) fn read<T: Payload>(self, message: Bytes) -> Result<T, FormatError> {
        match self {
            Self::Protobuf => Ok(T::decode(message)?),
            Self::Json if message.is_empty() => Ok(T::default()),
            Self::Json => Ok(serde_json::from_slice(&message)?),
        }
    }
}

impl Compression {
    /// Its name in HTTP and gRPC.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }
}
