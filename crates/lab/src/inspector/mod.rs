//! Reads what a [`Tap`](rpc::Tap) saw as what it was: frames of HTTP/2 (RFC 9113), heads and bodies of HTTP/1.1
//! (RFC 9112), frames of a WebSocket (RFC 6455), and the messages in them. It is for looking at calls, not for making
//! them: what it cannot read it leaves out.

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

/// One thing that was said on a connection.
#[derive(Debug, Clone)]
pub struct Event {
    /// When the last of its bytes went by.
    pub at: Instant,
    /// Counts the client's connections, from 0.
    pub connection: usize,
    pub direction: Direction,
    /// The HTTP/2 stream it belongs to.
    pub stream: Option<u32>,
    /// How many bytes it took on the line, framing included.
    pub bytes: usize,
    /// What stands before its content, where that is bytes and not text: the head of a frame.
    pub head: Bytes,
    pub what: What,
}

/// What was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// The head of a request or an answer. HTTP/1.1 starts with a line, HTTP/2 has fields with a colon instead.
    Head { start: String, fields: Fields },
    /// Fields after a body.
    Trailers { fields: Fields },
    /// A piece of a body, with the messages that it completes; the last piece of a body may be empty.
    Body {
        name: &'static str,
        messages: Vec<Message>,
        is_last: bool,
    },
    /// What the protocol says for itself.
    Control { name: &'static str, detail: String },
}

/// A message in a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its bytes as they were before they were packed.
    pub payload: Bytes,
    /// How many bytes it took in the body, with what stands around it. A body that is packed does not say.
    pub bytes: Option<usize>,
}

/// Header fields as they were sent, in their order.
pub type Fields = Vec<(String, String)>;

/// Reads passages, the oldest first.
pub fn read(passages: &[Passage]) -> Vec<Event> {
    Reader::default().hear(passages)
}

/// Reads what goes by, as it comes.
#[derive(Default)]
pub struct Reader {
    connections: BTreeMap<usize, Connection>,
}

impl Reader {
    /// What the next passages complete.
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

    /// How many bytes were heard and belong to no event yet: what is only begun, and what is no protocol.
    pub fn unread(&self) -> usize {
        self.connections.values().map(Connection::unread).sum()
    }
}

/// What a protocol's reader has made out.
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
    /// Nothing was said yet.
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
