//! Records as they travel: a batch of them is kept as it was written, so that whoever carries it on never takes it apart.
//!
//! This is `dvs.catalogue.v1.RecordBatch`. A hundred thousand records would be three hundred thousand small texts as
//! structs; here they are one piece of memory, written once and copied whole: as Protobuf, or as the JSON that it came as.

mod text;

use std::borrow::Cow;
use std::fmt;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use prost::encoding::{
    DecodeContext, WireType, decode_key, decode_varint, encode_varint, encoded_len_varint, skip_field,
};
use prost::{DecodeError, Message};
use serde::de::Error as _;
use serde::ser::{Error as _, SerializeMap, SerializeSeq};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

pub use self::text::RecordsText;

/// `RecordBatch.records`, and the fields of a record, as keys on the wire: number, then kind.
const RECORDS: u8 = 1 << 3 | LENGTH_DELIMITED;
const ID: u8 = 1 << 3 | LENGTH_DELIMITED;
const NAME: u8 = 2 << 3 | LENGTH_DELIMITED;
const GENRE: u8 = 3 << 3 | LENGTH_DELIMITED;
const YEAR: u8 = 4 << 3;
const LENGTH_DELIMITED: u8 = WireType::LengthDelimited as u8;

/// A batch of records, encoded.
#[derive(Clone, Default)]
pub struct Records(Written);

#[derive(Clone)]
enum Written {
    /// `RecordBatch` as Protobuf writes it.
    Protobuf(Bytes),
    /// The list that JSON has in it, without its brackets; it is JSON, and no more is known of it.
    Json(Bytes),
}

impl Default for Written {
    fn default() -> Self {
        Self::Protobuf(Bytes::new())
    }
}

/// One record, where it lies.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Record<'a> {
    pub id: &'a str,
    pub name: &'a str,
    pub genre: &'a str,
    pub year: i32,
}

/// A record in a list of JSON; what a record has not is left out of it.
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
    /// As Protobuf, to be read record by record.
    ///
    /// # Errors
    /// JSON that is no list of records is said to be none.
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

    /// How many there are, counted without reading them.
    ///
    /// # Errors
    /// What is no batch of records is said to be none.
    pub fn count(&self) -> Result<u64, DecodeError> {
        match &self.0 {
            Written::Protobuf(wire) => count(wire),
            Written::Json(_) => count(&self.read().map_err(|_error| malformed("it is no list of records"))?.0),
        }
    }

    /// As the inside of a list in JSON, to be taken piece by piece.
    pub fn into_text(self) -> RecordsText {
        RecordsText::new(self.0)
    }

    /// As Protobuf has it. What has come as JSON and is no list of records has none, and is not carried on.
    fn wire(&self) -> Bytes {
        self.read().unwrap_or_default().0
    }
}

/// Records that can be read.
#[derive(Clone, Default)]
pub struct ReadRecords(Bytes);

impl ReadRecords {
    /// The records, in turn; what is not one, is said so once and ends them.
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

fn count(mut wire: &[u8]) -> Result<u64, DecodeError> {
    let mut count = 0;
    while wire.has_remaining() {
        let (number, kind) = decode_key(&mut wire)?;
        skip_field(kind, number, &mut wire, DecodeContext::default())?;
        count += u64::from((number, kind) == (1, WireType::LengthDelimited));
    }
    Ok(count)
}

/// Writes batches of records, one behind the other, into one piece of memory.
#[derive(Debug, Default)]
pub struct RecordsWriter {
    written: Vec<u8>,
    /// Where batches end.
    ends: Vec<usize>,
}

impl RecordsWriter {
    /// With room for so many bytes.
    pub fn with_capacity(bytes: usize) -> Self {
        Self {
            written: Vec::with_capacity(bytes),
            ends: Vec::new(),
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
            // Most are, and are their own encoding.
            Ok(small @ ..0x80) => self.written.push(small),
            _ => encode_varint(number, &mut self.written),
        }
    }

    /// What is written from here on is in another batch.
    pub fn end_batch(&mut self) {
        self.ends.push(self.written.len());
    }

    /// The batches that have ended, one by one.
    pub fn into_batches(self) -> impl Iterator<Item = Records> {
        let all = Bytes::from(self.written);
        let mut begins = 0;
        self.ends.into_iter().map(move |end| {
            let batch = all.slice(begins..end);
            begins = end;
            Records(Written::Protobuf(batch))
        })
    }

    /// All that was written as one batch.
    pub fn into_batch(self) -> Records {
        Records(Written::Protobuf(self.written.into()))
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

    /// All there is, taken as it is: where it lies in one piece nothing is copied, and nothing is read before its time.
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
    /// Of JSON alone, whose list is kept as it came.
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
mod tests {
    use super::*;
    use crate::catalogue;

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
        writer.into_batch()
    }

    #[test]
    fn what_is_written_is_what_protobuf_writes() {
        assert_eq!(written().encode_to_vec(), said().encode_to_vec());
        assert_eq!(written().encoded_len(), said().encoded_len());
    }

    #[test]
    fn batches_are_what_was_written_between_their_ends() {
        let mut writer = RecordsWriter::default();
        let record = |id| Record {
            id,
            ..Record::default()
        };
        writer.push(record("1"));
        writer.push(record("2"));
        writer.end_batch();
        writer.end_batch();
        writer.push(record("3"));
        writer.end_batch();
        let batches: Vec<_> = writer.into_batches().collect();
        let ids = |batch: &Records| -> Vec<_> {
            let read = batch.read().unwrap();
            read.iter().map(|record| record.unwrap().id.to_owned()).collect()
        };
        let ids: Vec<Vec<String>> = batches.iter().map(ids).collect();
        assert_eq!(ids, [vec!["1", "2"], vec![], vec!["3"]]);
    }

    /// All of a batch as the inside of a list, taken in pieces of so many bytes.
    fn text(batch: Records, bytes: usize) -> String {
        let (mut text, mut all) = (batch.into_text(), Vec::new());
        while !text.is_empty() {
            let mut piece = Vec::new();
            text.take(&mut piece, bytes).unwrap();
            assert!(!piece.is_empty());
            all.extend(piece);
        }
        String::from_utf8(all).unwrap()
    }

    #[test]
    fn what_is_read_is_what_was_written_over_both_formats() {
        assert_eq!(Records::decode(&*said().encode_to_vec()).unwrap(), written());
        let json = serde_json::to_string(&written()).unwrap();
        let read: Records = serde_json::from_str(&json).unwrap();
        assert_eq!(read, written());
        assert_eq!(read.encode_to_vec(), written().encode_to_vec());
        assert_eq!(serde_json::to_string(&read).unwrap(), json);
        for nothing in ["{}", r#"{"records":null}"#, r#"{"records":[ ]}"#] {
            assert_eq!(serde_json::from_str::<Records>(nothing).unwrap(), Records::default());
        }
        assert_eq!(serde_json::to_string(&Records::default()).unwrap(), "{}");
    }

    #[test]
    fn what_json_leaves_out_or_escapes_is_read_too() {
        let json = r#"{"records":[{"id":"1"},{"name":"\"é\u00e9","later":[1]}]}"#;
        let read = serde_json::from_str::<Records>(json).unwrap().read().unwrap();
        let read: Vec<_> = read.iter().map(Result::unwrap).collect();
        assert_eq!((read[0].id, read[0].year, read[1].name), ("1", 0, "\"éé"));
    }

    #[test]
    fn the_text_is_one_however_it_came_and_however_it_is_taken() {
        let list = serde_json::to_value(written()).unwrap()["records"].take();
        let came: Records = serde_json::from_str(&serde_json::to_string(&written()).unwrap()).unwrap();
        for batch in [written(), came] {
            for bytes in [1, 100, usize::MAX] {
                let text = format!("[{}]", text(batch.clone(), bytes));
                assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), list);
            }
        }
        assert!(Records::default().into_text().is_empty());
    }

    #[test]
    fn fields_of_a_later_contract_are_passed_over() {
        let mut wire = vec![2 << 3, 7];
        wire.extend(written().encode_to_vec());
        let read = Records::decode(&*wire).unwrap();
        let records = read.read().unwrap();
        assert_eq!(records.iter().filter_map(Result::ok).count(), 3);
        assert_eq!(read.count().unwrap(), 3);
        let mut merged = Records::default();
        Message::merge_length_delimited(&mut merged, &*read.encode_length_delimited_to_vec()).unwrap();
        assert_eq!(merged, written());
    }

    #[test]
    fn what_is_no_record_is_said_once_and_never_written() {
        let whole = written().encode_to_vec();
        let cut = Records::decode(&whole[..whole.len() - 1]).unwrap();
        let read = cut.read().unwrap();
        let read: Vec<_> = read.iter().collect();
        assert_eq!(read.len(), 3);
        assert!(read[2].is_err());
        assert!(cut.count().is_err());
        assert!(serde_json::to_string(&cut).is_err());
        assert!(cut.into_text().take(&mut Vec::new(), usize::MAX).is_err());
        let not_text = Records::decode(&[RECORDS, 3, NAME, 1, 0xff][..]).unwrap();
        assert!(not_text.read().unwrap().iter().all(|record| record.is_err()));
    }

    #[test]
    fn what_is_no_list_of_records_is_refused_or_read_as_none() {
        for wrong in [r#"{"records":1}"#, r#"{"records":{}}"#, r#"{"records":[}"#] {
            assert!(serde_json::from_str::<Records>(wrong).is_err(), "{wrong}");
        }
        let numbers: Records = serde_json::from_str(r#"{"records":[1]}"#).unwrap();
        assert!(numbers.read().is_err());
        assert!(serde_json::to_string(&numbers).is_err());
        assert_eq!(numbers.encode_to_vec(), Vec::<u8>::new());
    }
}
