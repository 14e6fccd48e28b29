//! Records as they travel: a batch of them is kept encoded, so that whoever carries it on never takes it apart.
//!
//! This is `dvs.catalogue.v1.RecordBatch`. A hundred thousand records would be three hundred thousand small texts as
//! structs; here they are one piece of memory, written once and copied whole.

use std::fmt;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use prost::encoding::{
    DecodeContext, WireType, decode_key, decode_varint, encode_varint, encoded_len_varint, skip_field,
};
use prost::{DecodeError, Message};
use serde::de::{SeqAccess, Visitor};
use serde::ser::{Error as _, SerializeMap, SerializeSeq};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::catalogue;

/// `RecordBatch.records`, and the fields of a record, as keys on the wire: number, then kind.
const RECORDS: u8 = 1 << 3 | LENGTH_DELIMITED;
const ID: u8 = 1 << 3 | LENGTH_DELIMITED;
const NAME: u8 = 2 << 3 | LENGTH_DELIMITED;
const GENRE: u8 = 3 << 3 | LENGTH_DELIMITED;
const YEAR: u8 = 4 << 3;
const LENGTH_DELIMITED: u8 = WireType::LengthDelimited as u8;

/// A batch of records, encoded.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Records {
    /// `RecordBatch` as Protobuf writes it.
    wire: Bytes,
}

/// One record, where it lies.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Record<'a> {
    pub id: &'a str,
    pub name: &'a str,
    pub genre: &'a str,
    pub year: i32,
}

impl Records {
    /// The records, in turn; what is not one, is said so once and ends them.
    pub fn iter(&self) -> impl Iterator<Item = Result<Record<'_>, DecodeError>> {
        let mut rest: &[u8] = &self.wire;
        std::iter::from_fn(move || {
            let next = next_record(&mut rest);
            if next.as_ref().is_err() {
                rest = &[];
            }
            next.transpose()
        })
    }

    /// Takes the first records off, as many as have about so many bytes, and one at least where there are any.
    ///
    /// # Errors
    /// What is no batch of records is said to be none.
    pub fn split_front(&mut self, bytes: usize) -> Result<Self, DecodeError> {
        let mut rest: &[u8] = &self.wire;
        while rest.has_remaining() {
            let (number, kind) = decode_key(&mut rest)?;
            skip_field(kind, number, &mut rest, DecodeContext::default())?;
            if self.wire.len() - rest.len() >= bytes {
                break;
            }
        }
        let length = self.wire.len() - rest.len();
        Ok(Self {
            wire: self.wire.split_to(length),
        })
    }

    pub fn is_empty(&self) -> bool {
        self.wire.is_empty()
    }
}

/// Writes batches of records, one behind the other.
#[derive(Debug, Default)]
pub struct RecordsWriter {
    buffer: BytesMut,
}

impl RecordsWriter {
    /// With room for so many bytes.
    pub fn with_capacity(bytes: usize) -> Self {
        Self {
            buffer: BytesMut::with_capacity(bytes),
        }
    }

    pub fn push(&mut self, record: Record<'_>) {
        let texts = [(ID, record.id), (NAME, record.name), (GENRE, record.genre)];
        // A negative number is written as its 64 bits, as Protobuf has it.
        let year = i64::from(record.year).cast_unsigned();
        let mut length = if record.year == 0 {
            0
        } else {
            1 + encoded_len_varint(year)
        };
        for (_, text) in texts.iter().filter(|(_, text)| !text.is_empty()) {
            length += 1 + encoded_len_varint(size(text.len())) + text.len();
        }
        let buffer = &mut self.buffer;
        buffer.reserve(1 + encoded_len_varint(size(length)) + length);
        buffer.put_u8(RECORDS);
        encode_varint(size(length), buffer);
        for (key, text) in texts.iter().filter(|(_, text)| !text.is_empty()) {
            buffer.put_u8(*key);
            encode_varint(size(text.len()), buffer);
            buffer.put_slice(text.as_bytes());
        }
        if record.year != 0 {
            buffer.put_u8(YEAR);
            encode_varint(year, buffer);
        }
    }

    /// What was written since the last batch.
    pub fn batch(&mut self) -> Records {
        Records {
            wire: self.buffer.split().freeze(),
        }
    }
}

fn size(length: usize) -> u64 {
    // A usize has at most 64 bits.
    length as u64
}

/// Takes the next record off; what a later contract may have added is passed over.
fn next_record<'a>(rest: &mut &'a [u8]) -> Result<Option<Record<'a>>, DecodeError> {
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
                // Protobuf cuts what is longer to the number's 32 bits.
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

fn malformed(what: &'static str) -> DecodeError {
    #[expect(
        deprecated,
        reason = "there is no other way to make one, and every reader of messages answers it"
    )]
    DecodeError::new(what)
}

impl Message for Records {
    fn encode_raw(&self, buffer: &mut impl BufMut) {
        buffer.put_slice(&self.wire);
    }

    fn merge_field(
        &mut self,
        tag: u32,
        wire_type: WireType,
        buffer: &mut impl Buf,
        context: DecodeContext,
    ) -> Result<(), DecodeError> {
        if (tag, wire_type) != (1, WireType::LengthDelimited) {
            return skip_field(wire_type, tag, buffer, context);
        }
        let length = usize::try_from(decode_varint(buffer)?).unwrap_or(usize::MAX);
        if length > buffer.remaining() {
            return Err(malformed("it ends within a field"));
        }
        let mut wire = BytesMut::from(std::mem::take(&mut self.wire));
        wire.put_u8(RECORDS);
        encode_varint(size(length), &mut wire);
        wire.put(buffer.take(length));
        self.wire = wire.freeze();
        Ok(())
    }

    /// All there is, taken as it is: where it lies in one piece nothing is copied, and nothing is read before its time.
    fn merge(&mut self, mut buffer: impl Buf) -> Result<(), DecodeError> {
        let more = buffer.copy_to_bytes(buffer.remaining());
        if self.wire.is_empty() {
            self.wire = more;
        } else {
            let mut wire = BytesMut::from(std::mem::take(&mut self.wire));
            wire.put(more);
            self.wire = wire.freeze();
        }
        Ok(())
    }

    fn encoded_len(&self) -> usize {
        self.wire.len()
    }

    fn clear(&mut self) {
        self.wire.clear();
    }
}

impl fmt::Debug for Records {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.iter()).finish()
    }
}

impl Serialize for Records {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut batch = serializer.serialize_map(None)?;
        if !self.is_empty() {
            batch.serialize_entry("records", &List(self))?;
        }
        batch.end()
    }
}

struct List<'a>(&'a Records);

impl Serialize for List<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        for record in self.0.iter() {
            list.serialize_element(&record.map_err(S::Error::custom)?)?;
        }
        list.end()
    }
}

impl<'de> Deserialize<'de> for Records {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Batch {
            records: ReadList,
        }
        Batch::deserialize(deserializer).map(|batch| batch.records.0)
    }
}

#[derive(Default)]
struct ReadList(Records);

impl<'de> Deserialize<'de> for ReadList {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ListVisitor)
    }
}

struct ListVisitor;

impl<'de> Visitor<'de> for ListVisitor {
    type Value = ReadList;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of records")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<ReadList, A::Error> {
        let mut writer = RecordsWriter::default();
        while let Some(record) = list.next_element::<catalogue::Record>()? {
            writer.push(Record {
                id: &record.id,
                name: &record.name,
                genre: &record.genre,
                year: record.year,
            });
        }
        Ok(ReadList(writer.batch()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a reader with structs makes of a batch.
    #[derive(Clone, PartialEq, prost::Message)]
    struct Batch {
        #[prost(message, repeated, tag = "1")]
        records: Vec<catalogue::Record>,
    }

    fn said() -> Batch {
        let record = |id: &str, name: &str, genre: &str, year| catalogue::Record {
            id: id.to_owned(),
            name: name.to_owned(),
            genre: genre.to_owned(),
            year,
        };
        Batch {
            records: vec![
                record("1", "Limite", "drama", 1931),
                record("2", "", "", 0),
                record("3", &"ã".repeat(200), "", -44),
            ],
        }
    }

    fn written() -> Records {
        let mut writer = RecordsWriter::default();
        for record in &said().records {
            writer.push(Record {
                id: &record.id,
                name: &record.name,
                genre: &record.genre,
                year: record.year,
            });
        }
        writer.batch()
    }

    #[test]
    fn what_is_written_is_what_protobuf_writes() {
        assert_eq!(written().encode_to_vec(), said().encode_to_vec());
        assert_eq!(written().encoded_len(), said().encoded_len());
    }

    #[test]
    fn what_is_read_is_what_was_written_over_both_formats() {
        assert_eq!(Records::decode(&*said().encode_to_vec()).unwrap(), written());
        let json = serde_json::to_string(&written()).unwrap();
        assert_eq!(serde_json::from_str::<Records>(&json).unwrap(), written());
        assert_eq!(serde_json::from_str::<Records>("{}").unwrap(), Records::default());
        assert_eq!(serde_json::to_string(&Records::default()).unwrap(), "{}");
    }

    #[test]
    fn fields_of_a_later_contract_are_passed_over() {
        let mut wire = vec![2 << 3, 7];
        wire.extend(written().encode_to_vec());
        let read = Records::decode(&*wire).unwrap();
        assert_eq!(read.iter().filter_map(Result::ok).count(), 3);
        let mut merged = Records::default();
        Message::merge_length_delimited(&mut merged, &*read.encode_length_delimited_to_vec()).unwrap();
        assert_eq!(merged, written());
    }

    #[test]
    fn a_batch_comes_apart_between_its_records() {
        let mut rest = written();
        let first = rest.split_front(1).unwrap();
        assert_eq!(first.iter().count(), 1);
        let others = rest.split_front(usize::MAX).unwrap();
        assert_eq!((others.iter().count(), rest.is_empty()), (2, true));
        assert!(rest.split_front(1).unwrap().is_empty());
        let together: Vec<_> = first.iter().chain(others.iter()).map(Result::unwrap).collect();
        assert_eq!(together, written().iter().map(Result::unwrap).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_no_record_is_said_once_and_never_written() {
        let whole = written().encode_to_vec();
        let cut = Records::decode(&whole[..whole.len() - 1]).unwrap();
        let read: Vec<_> = cut.iter().collect();
        assert_eq!(read.len(), 3);
        assert!(read[2].is_err());
        assert!(serde_json::to_string(&cut).is_err());
        let not_text = Records::decode(&[RECORDS, 3, NAME, 1, 0xff][..]).unwrap();
        assert!(not_text.iter().all(|record| record.is_err()));
    }
}
