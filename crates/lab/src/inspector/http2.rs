//! HTTP/2: frames, and the header blocks in them.

use std::collections::HashMap;

use bytes::{Buf, Bytes, BytesMut};
use loona_hpack::Decoder;
use rpc::Direction;

use super::messages::Messages;
use super::{Fields, Heard, What};

/// The first bytes that a client sends.
pub(super) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const FRAME_HEAD_BYTES: usize = 9;

const END_STREAM: u8 = 0x1;
const ACK: u8 = 0x1;
const END_HEADERS: u8 = 0x4;
const PADDED: u8 = 0x8;
const PRIORITY: u8 = 0x20;

/// A connection's state, as far as its frames need it to be read.
#[derive(Default)]
pub(super) struct Http2 {
    has_preface: bool,
    there: OneWay,
    back: OneWay,
}

/// The state of one direction.
struct OneWay {
    headers: Decoder<'static>,
    /// A header block that continues in the next frame.
    block: BytesMut,
    /// The streams that were opened in this direction.
    bodies: HashMap<u32, Messages>,
    /// The size of the frames that have made no event of their own; the next event counts it.
    passed_over: usize,
}

impl Default for OneWay {
    fn default() -> Self {
        Self {
            headers: Decoder::new(),
            block: BytesMut::new(),
            bodies: HashMap::new(),
            passed_over: 0,
        }
    }
}

struct Frame {
    head: Bytes,
    kind: u8,
    flags: u8,
    stream: u32,
    payload: Bytes,
}

impl Http2 {
    pub(super) fn next(&mut self, direction: Direction, unread: &mut BytesMut) -> Option<Heard> {
        if direction == Direction::There && !self.has_preface {
            if unread.len() < PREFACE.len() {
                return None;
            }
            unread.advance(PREFACE.len());
            self.has_preface = true;
            return Some(Heard {
                stream: None,
                bytes: PREFACE.len(),
                head: Bytes::new(),
                what: control("PREFACE", "PRI * HTTP/2.0"),
            });
        }
        loop {
            let frame = Frame::cut(unread)?;
            let bytes = FRAME_HEAD_BYTES + frame.payload.len();
            let side = match direction {
                Direction::There => &mut self.there,
                Direction::Back => &mut self.back,
            };
            let what = side.read(&frame);
            side.passed_over += bytes;
            if let Some(what) = what {
                return Some(Heard {
                    stream: (frame.stream != 0).then_some(frame.stream),
                    bytes: std::mem::take(&mut side.passed_over),
                    head: frame.head,
                    what,
                });
            }
        }
    }

    /// The size of the frames that no event counts yet.
    pub(super) fn passed_over(&self) -> usize {
        self.there.passed_over + self.back.passed_over
    }
}

impl Frame {
    fn cut(unread: &mut BytesMut) -> Option<Self> {
        let head: [u8; FRAME_HEAD_BYTES] = unread.get(..FRAME_HEAD_BYTES)?.try_into().ok()?;
        let [l0, l1, l2, kind, flags, s0, s1, s2, s3] = head;
        let length = u32::from_be_bytes([0, l0, l1, l2]) as usize;
        if unread.len() < FRAME_HEAD_BYTES + length {
            return None;
        }
        Some(Self {
            head: unread.split_to(FRAME_HEAD_BYTES).freeze(),
            kind,
            flags,
            stream: u32::from_be_bytes([s0 & 0x7f, s1, s2, s3]),
            payload: unread.split_to(length).freeze(),
        })
    }

    fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// The payload without its padding.
    fn content(&self) -> Bytes {
        let mut content = self.payload.clone();
        if self.has(PADDED) && !content.is_empty() {
            let padding = usize::from(content.get_u8());
            content.truncate(content.len().saturating_sub(padding));
        }
        content
    }

    fn number(&self, at: usize) -> u32 {
        let bytes = self.payload.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
        bytes.map_or(0, u32::from_be_bytes)
    }
}

impl OneWay {
    /// None for a frame that is understood only together with the next one.
    fn read(&mut self, frame: &Frame) -> Option<What> {
        Some(match frame.kind {
            0 => {
                let is_last = frame.has(END_STREAM);
                let body = self.bodies.get_mut(&frame.stream)?;
                let messages = body.take(&frame.content(), is_last);
                What::Body {
                    name: "DATA",
                    messages,
                    is_last,
                }
            }
            1 => {
                let mut block = frame.content();
                if frame.has(PRIORITY) {
                    block.advance(block.len().min(5));
                }
                self.block = BytesMut::from(&*block);
                return self.end_of_block(frame);
            }
            3 => control("RST_STREAM", reason(frame.number(0))),
            4 if frame.has(ACK) => control("SETTINGS", "acknowledged"),
            4 => control("SETTINGS", settings(&frame.payload)),
            6 if frame.has(ACK) => control("PING", "answered"),
            6 => control("PING", ""),
            7 => control("GOAWAY", reason(frame.number(4))),
            8 => control("WINDOW_UPDATE", format!("+{} bytes", frame.number(0))),
            9 => {
                self.block.extend_from_slice(&frame.payload);
                return self.end_of_block(frame);
            }
            _ => control("OTHER", format!("type {}", frame.kind)),
        })
    }

    fn end_of_block(&mut self, frame: &Frame) -> Option<What> {
        if !frame.has(END_HEADERS) {
            return None;
        }
        let block = self.block.split();
        let fields: Fields = self
            .headers
            .decode(&block)
            .ok()?
            .into_iter()
            .map(|(name, value)| (text(&name), text(&value)))
            .collect();
        if self.bodies.contains_key(&frame.stream) {
            return Some(What::Trailers { fields });
        }
        self.bodies.insert(frame.stream, Messages::of(&fields));
        Some(What::Head {
            start: String::new(),
            fields,
        })
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn control(name: &'static str, detail: impl Into<String>) -> What {
    What::Control {
        name,
        detail: detail.into(),
    }
}

/// RFC 9113, section 6.5.2.
fn settings(payload: &[u8]) -> String {
    let settings = payload.chunks_exact(6).filter_map(|setting| {
        let [i0, i1, v0, v1, v2, v3] = setting.try_into().ok()?;
        let name = match u16::from_be_bytes([i0, i1]) {
            1 => "HEADER_TABLE_SIZE",
            2 => "ENABLE_PUSH",
            3 => "MAX_CONCURRENT_STREAMS",
            4 => "INITIAL_WINDOW_SIZE",
            5 => "MAX_FRAME_SIZE",
            6 => "MAX_HEADER_LIST_SIZE",
            8 => "ENABLE_CONNECT_PROTOCOL",
            _ => "OTHER",
        };
        Some(format!("{name} {}", u32::from_be_bytes([v0, v1, v2, v3])))
    });
    settings.collect::<Vec<_>>().join(", ")
}

/// RFC 9113, section 7.
fn reason(code: u32) -> &'static str {
    match code {
        0x0 => "NO_ERROR",
        0x1 => "PROTOCOL_ERROR",
        0x2 => "INTERNAL_ERROR",
        0x3 => "FLOW_CONTROL_ERROR",
        0x5 => "STREAM_CLOSED",
        0x6 => "FRAME_SIZE_ERROR",
        0x7 => "REFUSED_STREAM",
        0x8 => "CANCEL",
        0x9 => "COMPRESSION_ERROR",
        0xb => "ENHANCE_YOUR_CALM",
        _ => "OTHER",
    }
}
