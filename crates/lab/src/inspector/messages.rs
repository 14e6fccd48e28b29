//! Finds the messages in a body.

use bytes::{Buf, Bytes, BytesMut};

use super::unpacking::Unpacking;
use super::{Fields, Message};

/// How a body delimits its messages, by its content type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Each message follows a flag and its length (gRPC, and Protobuf streams over REST).
    Prefixed,
    /// Each line is a message.
    Lines,
    /// Each piece of the body is a message: raw bytes.
    Pieces,
    /// The whole body is one message.
    Whole,
}

/// The flag (one byte) and the length (four bytes) before a message.
const PREFIX_BYTES: usize = 5;
/// gRPC's flag of a compressed message.
const PACKED: u8 = 1;

/// Finds the messages of one body.
pub(super) struct Messages {
    form: Form,
    /// How gRPC compresses single messages.
    message_packing: Option<String>,
    /// Decompresses a body that is compressed as a whole.
    body: Option<Unpacking>,
    unread: BytesMut,
}

impl Messages {
    pub(super) fn of(fields: &Fields) -> Self {
        let content_type = value(fields, "content-type").unwrap_or_default();
        let form = match content_type {
            kind if kind.starts_with("application/grpc") => Form::Prefixed,
            kind if kind.starts_with("application/x-protobuf-stream") => Form::Prefixed,
            kind if kind.starts_with("application/x-ndjson") => Form::Lines,
            kind if kind.starts_with("application/octet-stream") => Form::Pieces,
            _ => Form::Whole,
        };
        Self {
            form,
            message_packing: value(fields, "grpc-encoding").map(str::to_owned),
            body: value(fields, "content-encoding").and_then(Unpacking::named),
            unread: BytesMut::new(),
        }
    }

    /// The messages that this piece completes.
    pub(super) fn take(&mut self, piece: &[u8], is_last: bool) -> Vec<Message> {
        match &mut self.body {
            Some(packed) => self.unread.extend(packed.unpack(piece).unwrap_or_default()),
            None => self.unread.extend_from_slice(piece),
        }
        let mut messages = Vec::new();
        while let Some(message) = self.next() {
            messages.push(message);
        }
        let left = self.form == Form::Pieces || (self.form == Form::Whole && is_last);
        if left && !self.unread.is_empty() {
            let payload = self.unread.split().freeze();
            messages.push(self.message(payload, 0));
        }
        messages
    }

    fn next(&mut self) -> Option<Message> {
        match self.form {
            Form::Prefixed => {
                let length = self.unread.get(1..PREFIX_BYTES)?.try_into().ok()?;
                let length = u32::from_be_bytes(length) as usize;
                if self.unread.len() < PREFIX_BYTES + length {
                    return None;
                }
                let is_packed = self.unread.get_u8() == PACKED;
                self.unread.advance(PREFIX_BYTES - 1);
                let written = self.unread.split_to(length).freeze();
                let unpacked = self.message_packing.as_deref().filter(|_| is_packed);
                let unpacked = unpacked.and_then(Unpacking::named);
                let unpacked = unpacked.and_then(|mut message| message.unpack(&written).ok());
                let around = PREFIX_BYTES + written.len();
                let payload = unpacked.map_or(written, Bytes::from);
                Some(Message {
                    payload,
                    bytes: self.body.is_none().then_some(around),
                })
            }
            Form::Lines => {
                let end = self.unread.iter().position(|byte| *byte == b'\n')?;
                let line = self.unread.split_to(end).freeze();
                self.unread.advance(1);
                Some(self.message(line, 1))
            }
            Form::Pieces | Form::Whole => None,
        }
    }

    fn message(&self, payload: Bytes, around: usize) -> Message {
        let bytes = self.body.is_none().then_some(payload.len() + around);
        Message { payload, bytes }
    }
}

/// The value of a field, by its name in lower case.
pub(super) fn value<'a>(fields: &'a Fields, name: &str) -> Option<&'a str> {
    let found = fields.iter().find(|(field, _)| field.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_str())
}
