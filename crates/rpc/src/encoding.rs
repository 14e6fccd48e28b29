//! How messages are written. A carrier has a format of its own, and packs nothing; what else there is, is for clients
//! that ask for it, and for measuring what each is worth.

use bytes::{BufMut, Bytes};

use crate::routes::Payload;

/// The formats that every message has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Protobuf,
    Json,
}

/// How bodies over REST, and messages over gRPC, are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    Gzip,
    Zstd,
}

/// What a client writes and asks for; by default what its carrier is known for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Encoding {
    /// None is Protobuf over gRPC and JSON over REST.
    pub format: Option<Format>,
    /// Not of conversations over REST: a WebSocket here has no extensions.
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

    /// Reads all that there is, in one piece: field by field through a chain of buffers is slow. Nothing at all is an empty
    /// message.
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
