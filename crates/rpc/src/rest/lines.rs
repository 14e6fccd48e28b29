//! Streams as lines of JSON (NDJSON). A fault is the last line: `{"@fault": {…}}`; what ends without one ended well.

use std::convert::Infallible;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use futures::stream::unfold;
use futures::{FutureExt, StreamExt};
use http_body_util::BodyExt;
use serde::{Deserialize, Serialize};

use crate::edge::MESSAGE_LIMIT_BYTES;
use crate::fault::Fault;
use crate::rest::fault::FaultBody;
use crate::rest::to_json;
use crate::routes::Payload;
use crate::stream::Stream;

/// Small messages that are ready travel together up to this: many small frames that nobody reads yet would have HTTP/2
/// close the connection.
const CHUNK_BYTES: usize = 16 * 1024;

/// The start of a fault's line; no message has a field of that name.
const FAULT: &[u8] = b"{\"@fault\":";

#[derive(Serialize, Deserialize)]
struct FaultLine {
    #[serde(rename = "@fault")]
    fault: FaultBody,
}

/// Messages as chunks of whole lines, the last of them with the fault if there was one.
pub(super) fn write<T: Payload>(messages: Stream<T>) -> impl futures::Stream<Item = Result<Bytes, Infallible>> {
    unfold(messages.fuse(), |mut messages| async move {
        let mut chunk = Vec::new();
        write_line(&mut chunk, messages.next().await?);
        while chunk.len() < CHUNK_BYTES
            && let Some(Some(message)) = messages.next().now_or_never()
        {
            write_line(&mut chunk, message);
        }
        Some((Ok(Bytes::from(chunk)), messages))
    })
}

fn write_line<T: Payload>(chunk: &mut Vec<u8>, message: crate::Result<T>) {
    let line = message.and_then(|message| to_json(&message)).unwrap_or_else(|fault| {
        let line = FaultLine {
            fault: FaultBody::from(&fault),
        };
        serde_json::to_vec(&line).unwrap_or_default()
    });
    chunk.extend(line);
    chunk.push(b'\n');
}

/// The messages in a body. `cut` makes the fault of a body that was cut off, `malformed` that of a line that cannot be
/// read: whose mistakes they are depends on the side.
pub(super) fn read<T: Payload>(body: Body, cut: fn(String) -> Fault, malformed: fn(String) -> Fault) -> Stream<T> {
    let lines = Lines {
        body,
        buffer: BytesMut::new(),
        searched: 0,
        cut,
    };
    Box::pin(unfold(lines, move |mut lines| async move {
        let line = lines.next().await?;
        let message = line.and_then(|line| read_line(&line, malformed));
        Some((message, lines))
    }))
}

fn read_line<T: Payload>(line: &[u8], malformed: fn(String) -> Fault) -> crate::Result<T> {
    if line.starts_with(FAULT) {
        let line: FaultLine = serde_json::from_slice(line).map_err(|error| malformed(error.to_string()))?;
        return Err(line.fault.into());
    }
    serde_json::from_slice(line).map_err(|error| malformed(error.to_string()))
}

struct Lines {
    body: Body,
    buffer: BytesMut,
    /// How much of the buffer is known to hold no end of a line.
    searched: usize,
    cut: fn(String) -> Fault,
}

impl Lines {
    async fn next(&mut self) -> Option<crate::Result<Bytes>> {
        loop {
            let unsearched = &self.buffer[self.searched..];
            if let Some(end) = unsearched.iter().position(|&byte| byte == b'\n') {
                let line = self.buffer.split_to(self.searched + end + 1).freeze();
                self.searched = 0;
                return Some(Ok(line.slice(..line.len() - 1)));
            }
            self.searched = self.buffer.len();
            if self.buffer.len() > MESSAGE_LIMIT_BYTES {
                return Some(Err(Fault::message_too_large(MESSAGE_LIMIT_BYTES)));
            }
            match self.body.frame().await {
                Some(Ok(frame)) => {
                    if let Ok(bytes) = frame.into_data() {
                        self.buffer.extend_from_slice(&bytes);
                    }
                }
                Some(Err(error)) => return Some(Err((self.cut)(format!("{error:?}")))),
                None if self.buffer.is_empty() => return None,
                // Other clients may leave out the end of the last line.
                None => {
                    self.searched = 0;
                    return Some(Ok(self.buffer.split().freeze()));
                }
            }
        }
    }
}
