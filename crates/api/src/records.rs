//! Records in transit: a batch keeps its encoded form, so that a process that only passes it on never decodes it.
//!
//! This is `dvs.lab.v1.RecordBatch`. As structs, a hundred thousand records would be three hundred thousand small
//! strings. Here they are one block of memory, written once and copied as a whole: as Protobuf, or as the JSON in which
//! they arrived.

mod text;
mod wire;

use std::borrow::Cow;
use std::fmt;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use prost::encoding::{DecodeContext, WireType, decode_varint, encode_varint, skip_field};
use prost::{DecodeError, Message};
use serde::de::Error as _;
use serde::ser::{Error as _, SerializeMap, SerializeSeq};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

pub use self::text::RecordsText;
use self::wire::{RECORDS, count, malformed, size};
pub use self::wire::{ReadRecords, Record, RecordsWriter};

/// A batch of records, encoded.
#[derive(Clone, Default)]
pub struct Records(Written);

#[derive(Clone)]
enum Written {
    /// A `RecordBatch` encoded as Protobuf.
    Protobuf(Bytes),
    /// The inside of a JSON list, without its brackets. It is valid JSON, but may not be a list of records.
    Json(Bytes),
}

impl Default for Written {
    fn default() -> Self {
        Self::Protobuf(Bytes::new())
    }
}

/// A record in a JSON list; a missing field has its default value.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ReadRecord<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    genre: Cow<'a, str>,
    year: i32,
}

impl Records {
    /// Decodes the batch, so that its records can be read one by one.
    ///
    /// # Errors
    /// Fails on JSON that is not a list of records.
    pub fn read(&self) -> Result<ReadRecords, serde_json::Error> {
        match &self.0 {
            Written::Protobuf(wire) => Ok(ReadRecords(wire.clone())),
            Written::Json(list) => {
                let list = [b"[", &**list, b"]"].concat();
                let mut writer = RecordsWriter::with_capacity(list.len());
                for record in serde_json::from_slice::<Vec<ReadRecord<'_>>>(&list)? {
                    writer.push(Record {
                        id: &record.id,
                        name: &record.name,
                        genre: &record.genre,
                        year: record.year,
                    });
                }
                Ok(ReadRecords(writer.written.into()))
            }
        }
    }

    /// How many records there are, counted without decoding Protobuf.
    ///
    /// # Errors
    /// Fails if this is not a batch of records.
    pub fn count(&self) -> Result<u64, DecodeError> {
        match &self.0 {
            Written::Protobuf(wire) => count(wire),
            Written::Json(_) => count(&self.read().map_err(|_error| malformed("it is no list of records"))?.0),
        }
    }

    /// The batch as the inside of a JSON list, to be taken piece by piece.
    pub fn into_text(self) -> RecordsText {
        RecordsText::new(self.0)
    }

    /// The batch as Protobuf; empty for JSON that is not a list of records, so that such JSON is not passed on.
    fn wire(&self) -> Bytes {
        self.read().unwrap_or_default().0
    }
}

impl Message for Records {
    fn encode_raw(&self, buffer: &mut impl BufMut) {
        match &self.0 {
            Written::Protobuf(wire) => buffer.put_slice(wire),
            Written::Json(_) => buffer.put_slice(&self.wire()),
        }
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
        let mut wire = BytesMut::from(self.wire());
        wire.put_u8(RECORDS);
        encode_varint(size(length), &mut wire);
        wire.put(buffer.take(length));
        self.0 = Written::Protobuf(wire.freeze());
        Ok(())
    }

    /// Takes all bytes undecoded; if they are in one block, nothing is copied.
    fn merge(&mut self, mut buffer: impl Buf) -> Result<(), DecodeError> {
        let more = buffer.copy_to_bytes(buffer.remaining());
        let before = self.wire();
        self.0 = Written::Protobuf(if before.is_empty() {
            more
        } else {
            let mut wire = BytesMut::from(before);
            wire.put(more);
            wire.freeze()
        });
        Ok(())
    }

    fn encoded_len(&self) -> usize {
        match &self.0 {
            Written::Protobuf(wire) => wire.len(),
            Written::Json(_) => self.wire().len(),
        }
    }

    fn clear(&mut self) {
        *self = Self::default();
    }
}

impl PartialEq for Records {
    fn eq(&self, other: &Self) -> bool {
        self.wire() == other.wire()
    }
}

impl fmt::Debug for Records {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let read = self.read().unwrap_or_default();
        formatter.debug_list().entries(read.iter()).finish()
    }
}

impl Serialize for Records {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let read = self.read().map_err(S::Error::custom)?;
        let mut batch = serializer.serialize_map(None)?;
        if !read.0.is_empty() {
            batch.serialize_entry("records", &List(&read))?;
        }
        batch.end()
    }
}

struct List<'a>(&'a ReadRecords);

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
    /// Only from JSON; the list is kept as text.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Batch {
            records: Option<Box<RawValue>>,
        }
        let Some(records) = Batch::deserialize(deserializer)?.records else {
            return Ok(Self::default());
        };
        let list = Bytes::from(Box::<str>::from(records).into_boxed_bytes());
        let is_list = list.starts_with(b"[");
        let inside = list.get(1..list.len() - 1).unwrap_or_default().trim_ascii();
        if !is_list {
            return Err(D::Error::custom("records are a list"));
        }
        Ok(Self(Written::Json(list.slice_ref(inside))))
    }
}

#[cfg(test)]
mod tests;
