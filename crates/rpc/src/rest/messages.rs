//! Streams of messages as streamed bodies: [lines] of JSON, or [delimited] Protobuf.

use std::convert::Infallible;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use futures::stream::unfold;
use futures::{FutureExt, StreamExt};
use http_body_util::BodyExt;

use crate::edge::MESSAGE_LIMIT_BYTES;
use crate::encoding::Format;
use crate::fault::Fault;
use crate::rest::{delimited, lines};
use crate::routes::Payload;
use crate::stream::Stream;

/// Ready messages are sent together up to this size, because HTTP/2 closes a connection with many small unread frames.
const CHUNK_BYTES: usize = 16 * 1024;

/// Messages as chunks of whole pieces; the last chunk ends with the fault if there is one.
pub(super) fn write<T: Payload>(
    messages: Stream<T>,
    format: Format,
) -> impl futures::Stream<Item = Result<Bytes, Infallible>> {
    let write = match format {
        Format::Json => lines::write,
        Format::Protobuf => delimited::write,
    };
    unfold(messages.fuse(), move |mut messages| async move {
        let mut chunk = Vec::new();
        write(&mut chunk, messages.next().await?);
        while chunk.len() < CHUNK_BYTES
            && let Some(Some(message)) = messages.next().now_or_never()
        {
            write(&mut chunk, message);
        }
        Some((Ok(Bytes::from(chunk)), messages))
    })
}

/// The faults of a bad body, which differ by the side that reads it: a service blames its caller, a client the service.
#[derive(Clone, Copy)]
pub(super) struct Mistakes {
    /// The fault of a body that was cut off.
    pub(super) cut: fn(String) -> Fault,
    /// The fault of a message that cannot be read.
    pub(super) malformed: fn(String) -> Fault,
}

/// The messages in a body.
pub(super) fn read<T: Payload>(body: Body, format: Format, mistakes: Mistakes) -> Stream<T> {
    let pieces = Pieces {
        body,
        format,
        buffer: BytesMut::new(),
        searched: 0,
        cut: mistakes.cut,
    };
    Box::pin(unfold(pieces, move |mut pieces| async move {
        let piece = pieces.next().await?;
        let message = piece.and_then(|piece| match format {
            Format::Json => lines::read(&piece, mistakes.malformed),
            Format::Protobuf => delimited::read(piece, mistakes.malformed),
        });
        Some((message, pieces))
    }))
}

struct Pieces {
    body: Body,
    format: Format,
    buffer: BytesMut,
    /// How much of the buffer is known to hold no end of a line.
    searched: usize,
    cut: fn(String) -> Fault,
}

impl Pieces {
    async fn next(&mut self) -> Option<crate::Result<Bytes>> {
        loop {
            match self.first() {
                Ok(None) => {}
                Ok(Some(piece)) => return Some(Ok(piece)),
                Err(fault) => return Some(Err(fault)),
            }
            match self.body.frame().await {
                Some(Ok(frame)) => {
                    if let Ok(bytes) = frame.into_data() {
                        self.buffer.extend_from_slice(&bytes);
                    }
                }
                Some(Err(error)) => return Some(Err((self.cut)(format!("{error:?}")))),
                None => return self.last(),
            }
        }
    }

    /// The first piece of the buffer, if it is whole.
    fn first(&mut self) -> crate::Result<Option<Bytes>> {
        match self.format {
            Format::Json => self.line(),
            Format::Protobuf => {
                let length = delimited::length(&self.buffer)?;
                let whole = length.filter(|length| *length <= self.buffer.len());
                Ok(whole.map(|length| self.buffer.split_to(length).freeze()))
            }
        }
    }

    fn line(&mut self) -> crate::Result<Option<Bytes>> {
        let unsearched = &self.buffer[self.searched..];
        if let Some(end) = unsearched.iter().position(|&byte| byte == b'\n') {
            let line = self.buffer.split_to(self.searched + end + 1).freeze();
            self.searched = 0;
            return Ok(Some(line.slice(..line.len() - 1)));
        }
        self.searched = self.buffer.len();
        if self.buffer.len() > MESSAGE_LIMIT_BYTES {
            return Err(Fault::message_too_large(MESSAGE_LIMIT_BYTES));
        }
        Ok(None)
    }

    /// What is left when the body has ended.
    fn last(&mut self) -> Option<crate::Result<Bytes>> {
        if self.buffer.is_empty() {
            return None;
        }
        let rest = self.buffer.split().freeze();
        self.searched = 0;
        match self.format {
            // Other clients may omit the newline of the last line.
            Format::Json => Some(Ok(rest)),
            Format::Protobuf => Some(Err((self.cut)("the body ended within a message".to_owned()))),
        }
    }
}
