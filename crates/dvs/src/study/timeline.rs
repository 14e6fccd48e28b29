//! A call as a person reads it: a line for everything that was sent.

use std::fmt::{self, Display, Write};

use bytes::Bytes;
use lab::inspector::{Event, Fields, What};
use lab::study::SECRET_FIELDS;
use rpc::{Direction, Transport};

use super::calls::Observed;
use crate::commands::counted;

/// The most characters of a field's value, and of a message, that are shown.
const VALUE_CHARACTERS: usize = 100;
const MESSAGE_CHARACTERS: usize = 200;
/// The most bytes of a message that are shown, and how many on a line.
const HEX_BYTES: usize = 64;
const HEX_LINE_BYTES: usize = 16;
/// The column in which the last part of a line begins.
const MARGIN: usize = 45;

impl Observed {
    /// The whole study as text; `whose` says which store it called.
    pub(crate) fn told(&self, hex: bool, whose: &str) -> String {
        let mut text = String::new();
        // Writing into a text cannot fail.
        let _ = self.write(&mut text, hex, whose);
        text
    }

    fn write(&self, text: &mut String, hex: bool, whose: &str) -> fmt::Result {
        let carrier = match self.transport {
            Transport::Rest => "REST/JSON",
            Transport::Grpc | Transport::Local => "gRPC",
        };
        writeln!(text, "{} over {carrier}\n{}", self.method, self.did)?;
        writeln!(text, "The store is {whose}.\n")?;
        writeln!(
            text,
            "{:>9}  {:<5} {:>7}  {:<17}  what",
            "ms", "direction", "bytes", "frame"
        )?;
        let mut counted = [Counted::default(), Counted::default()];
        let begun = self.events.first().map(|event| event.at);
        for event in &self.events {
            let [there, back] = &mut counted;
            let (direction, count) = match event.direction {
                Direction::There => ("→", there),
                Direction::Back => ("←", back),
            };
            count.bytes += event.bytes;
            let since = begun.map(|begun| event.at.saturating_duration_since(begun));
            let frame = frame(event);
            write!(
                text,
                "{:>9.3}  {direction:<5} {:>7}  {frame:<17}  ",
                since.unwrap_or_default().as_secs_f64() * 1000.0,
                event.bytes
            )?;
            self.write_what(text, event, count, hex)?;
        }
        let [there, back] = &counted;
        let last = self.events.last().zip(begun).map(|(last, begun)| last.at - begun);
        writeln!(
            text,
            "\nThere (→): {there}. Back (←): {back}. From the first byte to the last {:.1} ms.",
            last.unwrap_or_default().as_secs_f64() * 1000.0
        )?;
        write!(text, "\n{}", self.when)
    }

    fn write_what(&self, text: &mut String, event: &Event, count: &mut Counted, hex: bool) -> fmt::Result {
        match &event.what {
            What::Head { start, fields } => write_fields(text, (!start.is_empty()).then_some(start.as_str()), fields),
            What::Trailers { fields } => write_fields(text, Some("trailers"), fields),
            What::Control { detail, .. } => writeln!(text, "{detail}"),
            What::Body { messages, is_last, .. } => {
                let mut lines = Vec::new();
                for message in messages {
                    lines.push(self.message(event.direction, &message.payload, count));
                    if hex {
                        lines.extend(hex_lines(&message.payload));
                    }
                }
                match (messages.is_empty(), is_last) {
                    (_, true) => lines.push("the end of the messages".to_owned()),
                    (true, false) => lines.push("a part of a message".to_owned()),
                    (false, false) => {}
                }
                write_lines(text, lines)
            }
        }
    }

    fn message(&self, direction: Direction, payload: &Bytes, count: &mut Counted) -> String {
        let content = self.reads.read(self.transport, direction, payload);
        let content = content.unwrap_or_else(|| "(not to be read)".to_owned());
        // Messages of a conversation over a WebSocket, which has neither half-closing nor refusals.
        if self.transport == Transport::Rest && content.starts_with('@') {
            return shortened(&content, MESSAGE_CHARACTERS);
        }
        count.messages += 1;
        count.payload += payload.len();
        format!(
            "message {}, {}: {}",
            count.messages,
            bytes(payload.len()),
            shortened(&content, MESSAGE_CHARACTERS)
        )
    }
}

/// The totals of one direction.
#[derive(Default)]
struct Counted {
    bytes: usize,
    messages: usize,
    payload: usize,
}

impl Display for Counted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.messages == 0 {
            return write!(formatter, "{} on the line, and no body", bytes(self.bytes));
        }
        write!(
            formatter,
            "{} of {} in {} on the line",
            counted(self.messages, "message", "messages"),
            bytes(self.payload),
            self.bytes
        )
    }
}

fn bytes(number: usize) -> String {
    counted(number, "byte", "bytes")
}

fn frame(event: &Event) -> String {
    let name = match &event.what {
        What::Head { .. } | What::Trailers { .. } if event.stream.is_some() => "HEADERS",
        What::Head { .. } | What::Trailers { .. } => "HEAD",
        What::Body { name, .. } | What::Control { name, .. } => name,
    };
    event
        .stream
        .map_or_else(|| name.to_owned(), |stream| format!("{name} #{stream}"))
}

fn write_fields(text: &mut String, start: Option<&str>, fields: &Fields) -> fmt::Result {
    let fields = fields.iter().map(|(name, value)| {
        if SECRET_FIELDS.contains(&name.as_str()) {
            return format!("{name}: ({}, not shown)", bytes(value.len()));
        }
        format!("{name}: {}", shortened(value, VALUE_CHARACTERS))
    });
    write_lines(text, start.map(str::to_owned).into_iter().chain(fields))
}

/// Writes the first line at the present position, and the others below it.
fn write_lines(text: &mut String, lines: impl IntoIterator<Item = String>) -> fmt::Result {
    let mut lines = lines.into_iter();
    writeln!(text, "{}", lines.next().unwrap_or_default())?;
    lines.try_for_each(|line| writeln!(text, "{:MARGIN$}{line}", ""))
}

fn hex_lines(message: &Bytes) -> Vec<String> {
    let shown = message.get(..HEX_BYTES).unwrap_or(message);
    let line = |bytes: &[u8]| {
        let hex: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let letter = |byte: &u8| {
            if byte.is_ascii_graphic() || *byte == b' ' {
                char::from(*byte)
            } else {
                '.'
            }
        };
        let letters: String = bytes.iter().map(letter).collect();
        format!("  {:<width$}  {letters}", hex.join(" "), width = HEX_LINE_BYTES * 3 - 1)
    };
    shown.chunks(HEX_LINE_BYTES).map(line).collect()
}

fn shortened(text: &str, characters: usize) -> String {
    let mut end = text.char_indices().skip(characters);
    match end.next() {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}
