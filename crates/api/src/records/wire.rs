//! Records in the Protobuf encoding, one at a time.

use bytes::{Buf, Bytes};
use prost::DecodeError;
use prost::encoding::{
    DecodeContext, WireType, decode_key, decode_varint, encode_varint, encoded_len_varint, skip_field,
};
use serde::Serialize;

use super::{Records, Written};

/// `RecordBatch.records`, and the fields of a record, as keys in the Protobuf encoding: field number, then wire type.
pub(super) const RECORDS: u8 = 1 << 3 | LENGTH_DELIMITED;
const ID: u8 = 1 << 3 | LENGTH_DELIMITED;
pub(super) const NAME: u8 = 2 << 3 | LENGTH_DELIMITED;
const GENRE: u8 = 3 << 3 | LENGTH_DELIMITED;
const YEAR: u8 = 4 << 3;
const LENGTH_DELIMITED: u8 = WireType::LengthDelimited as u8;

/// One record, borrowed from the batch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Record<'a> {
    pub id: &'a str,
    pub name: &'a str,
    pub genre: &'a str,
    pub year: i32,
}

/// Records in the Protobuf encoding, to be decoded one by one.
#[derive(Clone, Default)]
pub struct ReadRecords(pub(super) Bytes);

impl ReadRecords {
    /// The records in order; a malformed one is a single error and ends them.
    pub fn iter(&self) -> impl Iterator<Item = Result<Record<'_>, DecodeError>> {
        let mut rest: &[u8] = &self.0;
        std::iter::from_fn(move || {
            let next = next_record(&mut rest);
            if next.as_ref().is_err() {
                rest = &[];
            }
            next.transpose()
        })
    }
}

/// Writes batches of records, one after the other, into one block of memory.
#[derive(Debug, Default)]
pub struct RecordsWriter {
    pub(super) written: Vec<u8>,
    /// The offset at which each batch ends.
    ends: Vec<usize>,
}

impl RecordsWriter {
    /// A writer with room for this many bytes.
    pub fn with_capacity(bytes: usize) -> Self {
        Self {
            written: Vec::with_capacity(bytes),
            ends: Vec::new(),
        }
    }

    pub fn push(&mut self, record: Record<'_>) {
        let texts = [(ID, record.id), (NAME, record.name), (GENRE, record.genre)];
        // Protobuf encodes a negative number as its 64 bits.
        let year = i64::from(record.year).cast_unsigned();
        let mut length = if record.year == 0 {
            0
        } else {
            1 + encoded_len_varint(year)
        };
        for (_, text) in texts.iter().filter(|(_, text)| !text.is_empty()) {
            length += 1 + encoded_len_varint(size(text.len())) + text.len();
        }
        self.written.reserve(1 + encoded_len_varint(size(length)) + length);
        self.written.push(RECORDS);
        self.number(size(length));
        for (key, text) in texts.iter().filter(|(_, text)| !text.is_empty()) {
            self.written.push(*key);
            self.number(size(text.len()));
            self.written.extend_from_slice(text.as_bytes());
        }
        if record.year != 0 {
            self.written.push(YEAR);
            self.number(year);
        }
    }

    fn number(&mut self, number: u64) {
        match u8::try_from(number) {
            // Most numbers are below 128, where the encoding is the number itself.
            Ok(small @ ..0x80) => self.written.push(small),
            _ => encode_varint(number, &mut self.written),
        }
    }

    /// Ends the batch: records that follow belong to the next one.
    pub fn end_batch(&mut self) {
        self.ends.push(self.written.len());
    }

    /// The finished batches, in order; records after the last [`end_batch`](Self::end_batch) are dropped.
    pub fn into_batches(self) -> impl Iterator<Item = Records> {
        let all = Bytes::from(self.written);
        let mut begins = 0;
        self.ends.into_iter().map(move |end| {
            let batch = all.slice(begins..end);
            begins = end;
            Records(Written::Protobuf(batch))
        })
    }

    /// Everything that was written, as one batch.
    pub fn into_batch(self) -> Records {
        Records(Written::Protobuf(self.written.into()))
    }
}

/// Counts records without decoding them.
pub(super) fn count(mut wire: &[u8]) -> Result<u64, DecodeError> {
    let mut count = 0;
    while wire.has_remaining() {
        let (number, kind) = decode_key(&mut wire)?;
        skip_field(kind, number, &mut wire, DecodeContext::default())?;
        count += u64::from((number, kind) == (1, WireType::LengthDelimited));
    }
    Ok(count)
}

/// Takes the next record; skips fields that a later contract may have added.
pub(super) fn next_record<'a>(rest: &mut &'a [u8]) -> Result<Option<Record<'a>>, DecodeError> {
    while rest.has_remaining() {
        let (number, kind) = decode_key(rest)?;
        if (number, kind) != (1, WireType::LengthDelimited) {
            skip_field(kind, number, rest, DecodeContext::default())?;
            continue;
        }
        let mut inside = bytes(rest)?;
        let mut record = Record::default();
        while inside.has_remaining() {
            match decode_key(&mut inside)? {
                (1, WireType::LengthDelimited) => record.id = text(&mut inside)?,
                (2, WireType::LengthDelimited) => record.name = text(&mut inside)?,
                (3, WireType::LengthDelimited) => record.genre = text(&mut inside)?,
                // Protobuf truncates a longer value to the number's 32 bits.
                #[expect(clippy::cast_possible_truncation, reason = "as Protobuf reads an int32")]
                (4, WireType::Varint) => record.year = decode_varint(&mut inside)? as i32,
                (number, kind) => skip_field(kind, number, &mut inside, DecodeContext::default())?,
            }
        }
        return Ok(Some(record));
    }
    Ok(None)
}

fn bytes<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8], DecodeError> {
    let length = usize::try_from(decode_varint(rest)?).unwrap_or(usize::MAX);
    rest.split_off(..length)
        .ok_or_else(|| malformed("it ends within a field"))
}

fn text<'a>(rest: &mut &'a [u8]) -> Result<&'a str, DecodeError> {
    std::str::from_utf8(bytes(rest)?).map_err(|_error| malformed("a text is not UTF-8"))
}

pub(super) fn malformed(what: &'static str) -> DecodeError {
    #[expect(
        deprecated,
        reason = "there is no other way to make one, and every reader of messages answers it"
    )]
    DecodeError::new(what)
}

pub(super) fn size(length: usize) -> u64 {
    // A `usize` has at most 64 bits.
    length as u64
}
