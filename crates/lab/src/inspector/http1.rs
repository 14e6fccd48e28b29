//! HTTP/1.1: heads and bodies, and the protocol after an upgrade.

use bytes::{Buf, Bytes, BytesMut};
use httparse::{Header, Status};
use rpc::Direction;

use super::messages::{Messages, value};
use super::{Fields, Heard, What, websocket};

/// More fields than any head of the store's has.
const FIELDS_LIMIT: usize = 64;

#[derive(Default)]
pub(super) struct Http1 {
    there: State,
    back: State,
}

/// What comes next in one direction.
#[derive(Default)]
enum State {
    #[default]
    Head,
    Body {
        length: Length,
        messages: Messages,
    },
    WebSocket,
}

enum Length {
    /// How many bytes are still to come.
    Left(usize),
    Chunked,
}

impl Http1 {
    pub(super) fn next(&mut self, direction: Direction, unread: &mut BytesMut) -> Option<Heard> {
        let state = match direction {
            Direction::There => &mut self.there,
            Direction::Back => &mut self.back,
        };
        let before = unread.len();
        let mut frame_head = Bytes::new();
        let what = match state {
            State::Head => {
                let (what, next) = head(direction, unread)?;
                *state = next;
                what
            }
            State::Body { length, messages } => {
                let (what, is_last) = body(length, messages, unread)?;
                if is_last {
                    *state = State::Head;
                }
                what
            }
            State::WebSocket => {
                let (head, what) = websocket::frame(unread)?;
                frame_head = head;
                what
            }
        };
        Some(Heard {
            stream: None,
            bytes: before - unread.len(),
            head: frame_head,
            what,
        })
    }
}

fn head(direction: Direction, unread: &mut BytesMut) -> Option<(What, State)> {
    let mut headers = [httparse::EMPTY_HEADER; FIELDS_LIMIT];
    let (length, start, fields) = match direction {
        Direction::There => {
            let mut request = httparse::Request::new(&mut headers);
            let Ok(Status::Complete(length)) = request.parse(unread) else {
                return None;
            };
            let start = format!("{} {} HTTP/1.1", request.method?, request.path?);
            (length, start, fields(request.headers))
        }
        Direction::Back => {
            let mut response = httparse::Response::new(&mut headers);
            let Ok(Status::Complete(length)) = response.parse(unread) else {
                return None;
            };
            let start = format!("HTTP/1.1 {} {}", response.code?, response.reason?);
            (length, start, fields(response.headers))
        }
    };
    unread.advance(length);
    let next = after(&fields);
    Some((What::Head { start, fields }, next))
}

/// What follows a head (RFC 9112, section 6.3).
fn after(fields: &Fields) -> State {
    if value(fields, "upgrade").is_some_and(|protocol| protocol.eq_ignore_ascii_case("websocket")) {
        return State::WebSocket;
    }
    let is_chunked = value(fields, "transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked"));
    let left = value(fields, "content-length").and_then(|length| length.parse().ok());
    let length = match (is_chunked, left) {
        (true, _) => Length::Chunked,
        (false, Some(left)) if left > 0 => Length::Left(left),
        (false, _) => return State::Head,
    };
    State::Body {
        length,
        messages: Messages::of(fields),
    }
}

fn body(length: &mut Length, messages: &mut Messages, unread: &mut BytesMut) -> Option<(What, bool)> {
    let (name, piece, is_last) = match length {
        Length::Left(_) if unread.is_empty() => return None,
        Length::Left(left) => {
            let piece = unread.split_to(unread.len().min(*left));
            *left -= piece.len();
            ("BODY", piece, *left == 0)
        }
        Length::Chunked => {
            let Ok(Status::Complete((start, size))) = httparse::parse_chunk_size(unread) else {
                return None;
            };
            let size = usize::try_from(size).ok()?;
            // The last chunk is empty, and the store sends no trailers after it; every chunk ends with a line break.
            if unread.len() < start + size + 2 {
                return None;
            }
            unread.advance(start);
            let piece = unread.split_to(size);
            unread.advance(2);
            ("CHUNK", piece, size == 0)
        }
    };
    let messages = messages.take(&piece, is_last);
    let what = What::Body {
        name,
        messages,
        is_last,
    };
    Some((what, is_last))
}

fn fields(headers: &[Header<'_>]) -> Fields {
    let field = |header: &Header<'_>| {
        (
            header.name.to_ascii_lowercase(),
            String::from_utf8_lossy(header.value).into_owned(),
        )
    };
    headers.iter().map(field).collect()
}
