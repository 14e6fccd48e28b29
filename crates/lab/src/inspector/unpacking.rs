//! Decompresses bodies with a `Content-Encoding`, and messages with gRPC's own `grpc-encoding`.

use std::io::{self, Write};

use flate2::write::GzDecoder;

/// Decompresses bytes as they arrive.
pub(super) enum Unpacking {
    Gzip(Box<GzDecoder<Vec<u8>>>),
    Zstd(Box<zstd::stream::write::Decoder<'static, Vec<u8>>>),
}

impl Unpacking {
    /// None for an encoding that does not compress, or that the store does not use.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "gzip" => Some(Self::Gzip(Box::new(GzDecoder::new(Vec::new())))),
            "zstd" => {
                let decoder = zstd::stream::write::Decoder::new(Vec::new());
                decoder.ok().map(|decoder| Self::Zstd(Box::new(decoder)))
            }
            _ => None,
        }
    }

    /// Decompresses these bytes, which continue the earlier ones.
    pub(super) fn unpack(&mut self, packed: &[u8]) -> io::Result<Vec<u8>> {
        let unpacked = match self {
            Self::Gzip(decoder) => {
                decoder.write_all(packed)?;
                decoder.flush()?;
                decoder.get_mut()
            }
            Self::Zstd(decoder) => {
                decoder.write_all(packed)?;
                decoder.flush()?;
                decoder.get_mut()
            }
        };
        Ok(std::mem::take(unpacked))
    }
}
