//! Decodes what a [`Tap`](rpc::Tap) has recorded: frames of HTTP/2 (RFC 9113), heads and bodies of HTTP/1.1 (RFC 9112),
//! frames of a WebSocket (RFC 6455), and the messages in them. It is for inspecting calls, not for making them: what it
//! cannot decode it leaves out.

mod http1;
mod http2;
mod messages;
mod unpacking;
mod websocket;

use std::collections::BTreeMap;

use bytes::{Bytes, BytesMut};
use rpc::{Direction, Passage};
use tokio::time::Instant;

use self::http1::Http1;
use self::http2::Http2;

/// One element of a protocol on a connection: a frame, or a part of HTTP/1.1.
#[derive(Debug, Clone)]
pub struct Event {
    /// When the last of its bytes was recorded.
    pub at: Instant,
    /// Counts the client's connections, from 0.
    pub connection: usize,
    pub direction: Direction,
    /// The HTTP/2 stream that it belongs to.
    pub stream: Option<u32>,
    /// How many bytes it took on the connection, framing included.
    pub bytes: usize,
    /// The head of the frame, if it is bytes and not text.
    pub head: Bytes,
    pub what: What,
}

/// The content of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// The head of a request or an answer. HTTP/1.1 begins with a line; HTTP/2 has fields whose names begin with a
    /// colon instead.
    Head { start: String, fields: Fields },
    /// Fields after a body.
    Trailers { fields: Fields },
    /// A piece of a body, with the messages that it completes; the last piece of a body may be empty.
    Body {
        name: &'static str,
        messages: Vec<Message>,
        is_last: bool,
    },
    /// A control frame of the protocol itself.
    Control { name: &'static str, detail: String },
}

/// A message in a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its bytes after decompression.
    pub payload: Bytes,
    /// How many bytes it took in the body, framing included; none if the body is compressed as a whole.
    pub bytes: Option<usize>,
}

/// Header fields as they were sent, in their order.
pub type Fields = Vec<(String, String)>;

/// Decodes passages in their order.
pub fn read(passages: &[Passage]) -> Vec<Event> {
    Reader::default().hear(passages)
}

/// Decodes passages as they are recorded.
#[derive(Default)]
pub struct Reader {
    connections: BTreeMap<usize, Connection>,
}

impl Reader {
    /// The events that the next passages complete.
    pub fn hear(&mut self, passages: &[Passage]) -> Vec<Event> {
        let mut events = Vec::new();
        for passage in passages {
            let connection = self.connections.entry(passage.connection).or_default();
            let heard = connection.hear(passage.direction, &passage.bytes);
            events.extend(heard.into_iter().map(|heard| Event {
                at: passage.at,
                connection: passage.connection,
                direction: passage.direction,
                stream: heard.stream,
                bytes: heard.bytes,
                head: heard.head,
                what: heard.what,
            }));
        }
        events
    }

    /// How many bytes belong to no event yet: those of incomplete events, and those of no known protocol.
    pub fn unread(&self) -> usize {
        self.connections.values().map(Connection::unread).sum()
    }
}

/// An event as the reader of a protocol returns it.
struct Heard {
    stream: Option<u32>,
    bytes: usize,
    head: Bytes,
    what: What,
}

#[derive(Default)]
struct Connection {
    there: BytesMut,
    back: BytesMut,
    protocol: Protocol,
}

#[derive(Default)]
enum Protocol {
    /// Nothing was recorded yet.
    #[default]
    Unknown,
    Http1(Box<Http1>),
    Http2(Box<Http2>),
}

impl Connection {
    fn hear(&mut self, direction: Direction, bytes: &[u8]) -> Vec<Heard> {
        let unread = match direction {
            Direction::There => &mut self.there,
            Direction::Back => &mut self.back,
        };
        unread.extend_from_slice(bytes);
        if matches!(self.protocol, Protocol::Unknown) {
            self.protocol = if unread.starts_with(http2::PREFACE) {
                Protocol::Http2(Box::default())
            } else {
                Protocol::Http1(Box::default())
            };
        }
        let mut all = Vec::new();
        while let Some(heard) = match &mut self.protocol {
            Protocol::Unknown => None,
            Protocol::Http1(http1) => http1.next(direction, unread),
            Protocol::Http2(http2) => http2.next(direction, unread),
        } {
            all.push(heard);
        }
        all
    }

    fn unread(&self) -> usize {
        let passed_over = match &self.protocol {
            Protocol::Http2(http2) => http2.passed_over(),
            Protocol::Unknown | Protocol::Http1(_) => 0,
        };
        self.there.len() + self.back.len() + passed_over
    }
}

#[cfg(test)]
mod tests;
