//! Turns events into lines, decodes as much of them as is worth reading, and counts them.

use std::fmt::Write;
use std::time::Duration;

use rpc::{Direction, Format, Tap};
use tokio::time::Instant;

use super::calls::WrittenAs;
use super::lines::{LabAnswered, LabEvent, LabField, LabHeader, LabLine, LabMessage, Totals, microseconds};
use crate::inspector::{Event, Message, What};
use crate::study::{Mark, SECRET_FIELDS, Shape};

/// How many messages are decoded in each direction; of later ones only the sizes are given.
const OPENED_MESSAGES: usize = 40;
/// How many bytes of a message are shown.
const SHOWN_BYTES: usize = 4 * 1024;
/// How many fields of a message are shown.
const SHOWN_FIELDS: usize = 120;

/// The totals, which are counted while the lines are written.
#[derive(Default)]
pub(super) struct Counts(LabAnswered);

impl Counts {
    pub(super) fn new(took: Duration, records: usize, marks: &[Mark], began: Instant) -> Self {
        let mut counts = Self::default();
        counts.caller(took, records, marks, began);
        counts
    }

    /// Sets what the caller measured.
    pub(super) fn caller(&mut self, took: Duration, records: usize, marks: &[Mark], began: Instant) {
        let first = marks.iter().find(|mark| mark.direction == Direction::Back);
        self.0.took_us = microseconds(took);
        self.0.first_us = first.map(|mark| microseconds(mark.at - began));
        self.0.records = records;
    }

    /// Sets what the connection counted beyond `before`.
    pub(super) fn line(&mut self, tap: &Tap, unread: usize, before: ((u64, u64), u64, usize)) {
        let ((there, back), missed, unread_before) = before;
        let counted = tap.counted();
        self.0.there.bytes = counted.0 - there;
        self.0.back.bytes = counted.1 - back;
        self.0.missed_bytes = tap.missed() - missed;
        self.0.unread_bytes = u64::try_from(unread.saturating_sub(unread_before)).unwrap_or_default();
    }

    pub(super) fn answered(self) -> LabAnswered {
        self.0
    }

    fn totals(&mut self, way: Direction) -> &mut Totals {
        match way {
            Direction::There => &mut self.0.there,
            Direction::Back => &mut self.0.back,
        }
    }
}

/// Decodes events.
pub(super) struct Opener {
    began: Instant,
    shape: Shape,
    format: WrittenAs,
    /// Over a WebSocket, frames that start with @ are control frames of the conversation.
    is_conversation: bool,
}

impl Opener {
    pub(super) fn new(began: Instant, shape: Shape, format: WrittenAs, is_conversation: bool) -> Self {
        Self {
            began,
            shape,
            format,
            is_conversation,
        }
    }

    /// A line for an event on the connection.
    pub(super) fn event(&mut self, event: &Event, counts: &mut Counts) -> LabLine {
        counts.totals(event.direction).frames += 1;
        let mut line = self.line(event.at, event.direction);
        line.connection = event.connection;
        line.stream = event.stream;
        line.bytes = event.bytes;
        line.head_hex = hex(&event.head);
        let head = if event.stream.is_some() { "HEADERS" } else { "HEAD" };
        match &event.what {
            What::Head { start, fields } => {
                line.frame = head;
                line.start.clone_from(start);
                line.headers = fields.iter().map(header).collect();
            }
            What::Trailers { fields } => {
                line.frame = "TRAILERS";
                line.headers = fields.iter().map(header).collect();
                line.is_last = true;
            }
            What::Control { name, detail } => {
                line.frame = name;
                line.detail.clone_from(detail);
            }
            What::Body {
                name,
                messages,
                is_last,
            } => {
                line.frame = name;
                line.is_last = *is_last;
                line.messages = messages
                    .iter()
                    .map(|message| self.message(event.direction, message, counts))
                    .collect();
            }
        }
        LabLine::Event(line)
    }

    /// A line for a message that was passed in process.
    pub(super) fn mark(&mut self, mark: &Mark, counts: &mut Counts) -> LabLine {
        let mut line = self.line(mark.at, mark.direction);
        line.frame = "MESSAGE";
        counts.totals(mark.direction).frames += 1;
        let content = mark.content.clone().unwrap_or_default();
        let message = Message {
            payload: content.into(),
            bytes: None,
        };
        line.messages = vec![self.message(mark.direction, &message, counts)];
        LabLine::Event(line)
    }

    fn line(&self, at: Instant, way: Direction) -> LabEvent {
        LabEvent {
            at_us: microseconds(at.saturating_duration_since(self.began)),
            way: way.into(),
            connection: 0,
            stream: None,
            frame: "",
            bytes: 0,
            head_hex: String::new(),
            start: String::new(),
            headers: Vec::new(),
            detail: String::new(),
            messages: Vec::new(),
            is_last: false,
        }
    }

    fn message(&self, way: Direction, message: &Message, counts: &mut Counts) -> LabMessage {
        let payload = &message.payload;
        let is_word = self.is_conversation && payload.starts_with(b"@");
        let totals = counts.totals(way);
        if !is_word {
            totals.messages += 1;
            totals.payload_bytes += payload.len();
        }
        let is_opened = totals.messages <= OPENED_MESSAGES;
        let most = if is_opened && !is_word { SHOWN_FIELDS } else { 0 };
        let shown = if is_opened { SHOWN_BYTES.min(payload.len()) } else { 0 };
        let fields = match most {
            0 => Vec::new(),
            most => self.shape.open(way, Format::from(self.format), payload, most),
        };
        LabMessage {
            number: (!is_word).then_some(totals.messages),
            bytes: message.bytes,
            payload_bytes: payload.len(),
            payload_hex: hex(payload.get(..shown).unwrap_or_default()),
            is_cut: shown < payload.len() || fields.len() == SHOWN_FIELDS,
            fields: fields.into_iter().map(LabField::from).collect(),
        }
    }
}

fn header((name, value): &(String, String)) -> LabHeader {
    LabHeader {
        name: name.clone(),
        value: (!SECRET_FIELDS.contains(&name.as_str())).then(|| value.clone()),
    }
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing into a `String` cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
