//! Protocol Buffers: keys, lengths and values, with their positions (protobuf.dev, Encoding).

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};

use super::{DEPTH_LIMIT, Field, shortened};

/// Up to `most` fields of a message; a message field is followed by its own fields.
pub(crate) fn open(descriptor: &MessageDescriptor, payload: &[u8], most: usize) -> Vec<Field> {
    let mut fields = Vec::new();
    read(descriptor, payload, 0, 0, most, &mut fields);
    fields
}

/// None if the bytes are not such a message; fields that were read before remain.
fn read(
    descriptor: &MessageDescriptor,
    payload: &[u8],
    offset: usize,
    depth: usize,
    most: usize,
    fields: &mut Vec<Field>,
) -> Option<()> {
    let mut cursor = Cursor { payload, at: 0 };
    while cursor.at < payload.len() && fields.len() < most {
        let start = cursor.at;
        let key = cursor.varint()?;
        let number = u32::try_from(key >> 3).ok()?;
        let field = descriptor.get_field(number);
        let (written_as, content) = match key & 0b111 {
            0 => ("varint", Content::Number(cursor.varint()?)),
            1 => ("8 bytes", Content::Bytes(cursor.take(8)?)),
            2 => {
                let length = usize::try_from(cursor.varint()?).ok()?;
                ("length and bytes", Content::Bytes(cursor.take(length)?))
            }
            5 => ("4 bytes", Content::Bytes(cursor.take(4)?)),
            _ => return None,
        };
        let value_start = match &content {
            Content::Number(_) => start + varint_bytes(key),
            Content::Bytes(bytes) => cursor.at - bytes.len(),
        };
        let within = field.as_ref().and_then(|field| match (field.kind(), &content) {
            (Kind::Message(within), Content::Bytes(bytes)) => Some((within, *bytes)),
            _ => None,
        });
        fields.push(Field {
            depth,
            name: field
                .as_ref()
                .map_or_else(|| "?".to_owned(), |field| field.name().to_owned()),
            number: Some(number),
            written_as,
            start: offset + start,
            end: offset + cursor.at,
            value_start: offset + value_start,
            value: if within.is_some() {
                String::new()
            } else {
                in_words(field.as_ref(), &content)
            },
        });
        if let Some((within, bytes)) = within
            && depth < DEPTH_LIMIT
        {
            read(&within, bytes, offset + value_start, depth + 1, most, fields)?;
        }
    }
    Some(())
}

enum Content<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

fn in_words(field: Option<&FieldDescriptor>, content: &Content<'_>) -> String {
    let kind = field.map(FieldDescriptor::kind);
    match (content, kind) {
        (Content::Number(number), Some(Kind::Enum(names))) => {
            let name = i32::try_from(*number).ok().and_then(|number| names.get_value(number));
            name.map_or_else(|| number.to_string(), |name| name.name().to_owned())
        }
        (Content::Number(number), Some(Kind::Bool)) => (*number != 0).to_string(),
        (Content::Number(number), Some(Kind::Int32 | Kind::Int64)) => number.cast_signed().to_string(),
        (Content::Number(number), _) => number.to_string(),
        (Content::Bytes(bytes), Some(Kind::Double)) => floating(bytes),
        (Content::Bytes(bytes), Some(Kind::String)) => {
            std::str::from_utf8(bytes).map_or_else(|_| length(bytes), shortened)
        }
        // Repeated numbers are packed one after the other behind a single length.
        (Content::Bytes(bytes), Some(Kind::Int32 | Kind::Int64 | Kind::Uint32 | Kind::Uint64)) => packed(bytes),
        (Content::Bytes(bytes), _) => length(bytes),
    }
}

fn floating(bytes: &[u8]) -> String {
    let eight = bytes.try_into().map(f64::from_le_bytes);
    eight.map_or_else(|_| length(bytes), |number| number.to_string())
}

fn packed(bytes: &[u8]) -> String {
    let mut cursor = Cursor { payload: bytes, at: 0 };
    let mut numbers = Vec::new();
    while cursor.at < bytes.len() {
        let Some(number) = cursor.varint() else {
            return length(bytes);
        };
        numbers.push(number.cast_signed().to_string());
    }
    shortened(&numbers.join(", "))
}

fn length(bytes: &[u8]) -> String {
    format!("({} bytes)", bytes.len())
}

struct Cursor<'a> {
    payload: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn varint(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let byte = *self.payload.get(self.at)?;
            self.at += 1;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(length)?;
        let taken = self.payload.get(self.at..end)?;
        self.at = end;
        Some(taken)
    }
}

fn varint_bytes(number: u64) -> usize {
    let bits = (u64::BITS - number.leading_zeros()).max(1);
    bits.div_ceil(7) as usize
}
