//! Where the messages are in a body.

use bytes::{Buf, Bytes, BytesMut};

use super::Fields;

/// How a body holds its messages, by its content type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// A flag and a length before each (gRPC).
    Prefixed,
    /// A line each.
    Lines,
    /// Each piece is one: bytes as they are.
    Pieces,
    /// All of it is one.
    Whole,
}

/// gRPC's flag and length before a message.
const PREFIX_BYTES: usize = 5;

/// Finds the messages of one body.
pub(super) struct Messages {
    form: Form,
    unread: BytesMut,
}

impl Messages {
    pub(super) fn of(fields: &Fields) -> Self {
        let content_type = value(fields, "content-type").unwrap_or_default();
        let form = match content_type {
            kind if kind.starts_with("application/grpc") => Form::Prefixed,
            kind if kind.starts_with("application/x-ndjson") => Form::Lines,
            kind if kind.starts_with("application/octet-stream") => Form::Pieces,
            _ => Form::Whole,
        };
        Self {
            form,
            unread: BytesMut::new(),
        }
    }

    /// The messages that this piece completes.
    pub(super) fn take(&mut self, piece: &[u8], is_last: bool) -> Vec<Bytes> {
        self.unread.extend_from_slice(piece);
        let mut messages = Vec::new();
        while let Some(message) = self.next() {
            messages.push(message);
        }
        let left = self.form == Form::Pieces || (self.form == Form::Whole && is_last);
        if left && !self.unread.is_empty() {
            messages.push(self.unread.split().freeze());
        }
        messages
    }

    fn next(&mut self) -> Option<Bytes> {
        match self.form {
            Form::Prefixed => {
                let length = self.unread.get(1..PREFIX_BYTES)?.try_into().ok()?;
                let length = u32::from_be_bytes(length) as usize;
                if self.unread.len() < PREFIX_BYTES + length {
                    return None;
                }
                self.unread.advance(PREFIX_BYTES);
                Some(self.unread.split_to(length).freeze())
            }
            Form::Lines => {
                let end = self.unread.iter().position(|byte| *byte == b'\n')?;
                let line = self.unread.split_to(end).freeze();
                self.unread.advance(1);
                Some(line)
            }
            Form::Pieces | Form::Whole => None,
        }
    }
}

/// The value of a field, by its name in lower case.
pub(super) fn value<'a>(fields: &'a Fields, name: &str) -> Option<&'a str> {
    let found = fields.iter().find(|(field, _)| field.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_str())
}
