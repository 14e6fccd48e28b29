//! Streams as Protobuf. Each message, and a final fault if there is one, follows its kind (one byte) and its length
//! (four bytes, big-endian). A stream that ends without a fault, and not within a message, ended normally.

use bytes::{Buf, Bytes};

use crate::edge::MESSAGE_LIMIT_BYTES;
use crate::encoding::Format;
use crate::fault::Fault;
use crate::rest::fault::FaultBody;
use crate::rest::unwritable;
use crate::routes::Payload;

const MESSAGE: u8 = 0;
/// The bytes are the JSON body that an answer with this fault would have.
const FAULT: u8 = 1;
const HEAD_BYTES: usize = 5;

pub(super) fn write<T: Payload>(chunk: &mut Vec<u8>, message: crate::Result<T>) {
    let start = chunk.len();
    let written = message.and_then(|message| {
        chunk.extend([MESSAGE; HEAD_BYTES]);
        Format::Protobuf.write(&message, chunk).map_err(unwritable)
    });
    if let Err(fault) = written {
        chunk.truncate(start);
        chunk.extend([FAULT; HEAD_BYTES]);
        chunk.extend(serde_json::to_vec(&FaultBody::from(&fault)).unwrap_or_default());
    }
    let length = chunk.len() - start - HEAD_BYTES;
    let length = u32::try_from(length).unwrap_or(u32::MAX);
    chunk[start + 1..start + HEAD_BYTES].copy_from_slice(&length.to_be_bytes());
}

/// How many bytes the first piece of the buffer takes; none until its length has arrived.
pub(super) fn length(buffer: &[u8]) -> crate::Result<Option<usize>> {
    let Some((_kind, length)) = buffer.first_chunk::<HEAD_BYTES>().and_then(|head| head.split_first()) else {
        return Ok(None);
    };
    let length = length
        .iter()
        .fold(0_usize, |length, byte| length << 8 | usize::from(*byte));
    if length > MESSAGE_LIMIT_BYTES {
        return Err(Fault::message_too_large(MESSAGE_LIMIT_BYTES));
    }
    Ok(Some(HEAD_BYTES + length))
}

pub(super) fn read<T: Payload>(mut piece: Bytes, malformed: fn(String) -> Fault) -> crate::Result<T> {
    let kind = piece.get_u8();
    piece.advance(HEAD_BYTES - 1);
    match kind {
        MESSAGE => Format::Protobuf
            .read(piece)
            .map_err(|error| malformed(error.to_string())),
        FAULT => {
            let fault: Result<FaultBody, _> = serde_json::from_slice(&piece);
            Err(fault.map_or_else(|error| malformed(error.to_string()), Fault::from))
        }
        other => Err(malformed(format!("a piece of kind {other}"))),
    }
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    use super::*;

    #[derive(Clone, PartialEq, prost::Message, Serialize, Deserialize)]
    struct Said {
        #[prost(string, tag = "1")]
        text: String,
    }

    #[test]
    fn a_piece_is_not_begun_whose_length_is_over_the_limit() {
        assert_eq!(length(&[0, 0, 0, 0]).unwrap(), None);
        assert_eq!(length(&[0, 0, 0, 1, 2]).unwrap(), Some(HEAD_BYTES + 258));
        assert!(length(&[0, 255, 255, 255, 255]).is_err());
    }

    #[test]
    fn what_is_no_piece_is_malformed() {
        for piece in [&[7, 0, 0, 0, 0][..], &[1, 0, 0, 0, 1, b'{'], &[0, 0, 0, 0, 1, 0xff]] {
            let fault = read::<Said>(Bytes::from_static(piece), Fault::internal).unwrap_err();
            assert_eq!(fault.code, crate::fault::Code::Internal);
        }
    }
}
