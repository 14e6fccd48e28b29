//! The lines that describe a call.

use std::time::Duration;

use gateway::{Problem, ProblemCode};
use rpc::Direction;
use serde::Serialize;
use utoipa::ToSchema;

use super::calls::WrittenAs;
use super::{Carrier, Kind};
use crate::study::Field;

/// A line about a call; the lines are in the order of the events.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum LabLine {
    Began(LabBegan),
    Event(LabEvent),
    Answered(LabAnswered),
    Repeated(LabRepeats),
    /// The last line of a call that failed.
    Failed {
        code: ProblemCode,
        detail: String,
    },
}

impl LabLine {
    pub(super) fn failed(problem: &Problem) -> Self {
        Self::Failed {
            code: problem.code(),
            detail: problem.detail().to_owned(),
        }
    }
}

/// The call that is made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LabBegan {
    pub(super) kind: Kind,
    pub(super) transport: Carrier,
    /// The method's full name in the contract.
    pub(super) method: String,
    /// The equivalent REST endpoint: verb and path.
    pub(super) rest: String,
    /// The names of its messages.
    pub(super) request: String,
    pub(super) answer: String,
    pub(super) format: WrittenAs,
}

/// The direction of bytes, as the caller sees it.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = LabWay)]
pub(crate) enum LabDirection {
    There,
    Back,
}

impl From<Direction> for LabDirection {
    fn from(way: Direction) -> Self {
        match way {
            Direction::There => Self::There,
            Direction::Back => Self::Back,
        }
    }
}

/// An event on the connection: a frame, or a part of HTTP/1.1.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LabEvent {
    /// Microseconds since the call began.
    pub(super) at_us: u64,
    pub(super) way: LabDirection,
    /// Counts the connections from 0.
    pub(super) connection: usize,
    /// The HTTP/2 stream that it belongs to.
    #[schema(required)]
    pub(super) stream: Option<u32>,
    /// Its name, such as HEADERS, DATA, BODY or CHUNK.
    pub(super) frame: &'static str,
    /// How many bytes it took on the connection.
    pub(super) bytes: usize,
    /// The head of the frame, in hex.
    pub(super) head_hex: String,
    /// The first line of a head of HTTP/1.1.
    pub(super) start: String,
    pub(super) headers: Vec<LabHeader>,
    pub(super) detail: String,
    /// The messages that it completes.
    pub(super) messages: Vec<LabMessage>,
    /// Whether it ends its body.
    pub(super) is_last: bool,
}

/// A header field.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LabHeader {
    pub(super) name: String,
    /// Null for a field that authenticates the caller.
    #[schema(required)]
    pub(super) value: Option<String>,
}

/// A message.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LabMessage {
    /// Counts the messages of this direction from 1; null for the control frames of a conversation.
    #[schema(required)]
    pub(super) number: Option<usize>,
    /// How many bytes it took in the body, framing included; null if the body is compressed as a whole.
    #[schema(required)]
    pub(super) bytes: Option<usize>,
    pub(super) payload_bytes: usize,
    /// The first of its bytes, in hex.
    pub(super) payload_hex: String,
    pub(super) fields: Vec<LabField>,
    /// Whether the message is longer than what is shown.
    pub(super) is_cut: bool,
}

/// A field, with its position in the payload.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LabField {
    /// How many fields enclose it.
    depth: usize,
    name: String,
    /// Its number in Protobuf.
    #[schema(required)]
    number: Option<u32>,
    written_as: &'static str,
    start: usize,
    value_start: usize,
    end: usize,
    value: String,
}

impl From<Field> for LabField {
    fn from(field: Field) -> Self {
        Self {
            depth: field.depth,
            name: field.name,
            number: field.number,
            written_as: field.written_as,
            start: field.start,
            value_start: field.value_start,
            end: field.end,
            value: field.value,
        }
    }
}

/// The totals of one direction.
#[derive(Debug, Clone, Copy, Default, Serialize, ToSchema)]
#[schema(as = LabTotals)]
pub(crate) struct Totals {
    /// As counted on the connection.
    pub(super) bytes: u64,
    /// Frames, or parts of HTTP/1.1.
    pub(super) frames: usize,
    pub(super) messages: usize,
    /// The size of the messages, uncompressed.
    pub(super) payload_bytes: usize,
}

/// A call that was answered.
#[derive(Debug, Clone, Copy, Default, Serialize, ToSchema)]
pub(crate) struct LabAnswered {
    /// From the call to the end of its answer, as the caller measured it.
    pub(super) took_us: u64,
    /// From the call to the first message of the answer.
    #[schema(required)]
    pub(super) first_us: Option<u64>,
    pub(super) records: usize,
    pub(super) there: Totals,
    pub(super) back: Totals,
    /// Bytes that belong to no event.
    pub(super) unread_bytes: u64,
    /// Bytes beyond what a recording keeps.
    pub(super) missed_bytes: u64,
}

/// The durations of the call when it was repeated.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LabRepeats {
    /// How many repetitions were asked for; there are fewer if the time was up.
    asked: usize,
    durations_us: Vec<u64>,
    p50_us: u64,
    p99_us: u64,
}

impl LabRepeats {
    pub(super) fn of(asked: usize, durations: &[Duration]) -> Self {
        let durations_us: Vec<_> = durations.iter().copied().map(microseconds).collect();
        let mut sorted = durations_us.clone();
        sorted.sort_unstable();
        // By nearest rank, so that each quantile is a measured duration.
        let rank = |percent: usize| {
            let rank = (sorted.len() * percent).div_ceil(100).max(1);
            sorted.get(rank - 1).copied().unwrap_or_default()
        };
        Self {
            asked,
            p50_us: rank(50),
            p99_us: rank(99),
            durations_us,
        }
    }
}

pub(super) fn microseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_durations_that_were_seen() {
        let durations: Vec<_> = (1..=100).rev().map(Duration::from_micros).collect();
        let repeats = LabRepeats::of(100, &durations);
        assert_eq!((repeats.p50_us, repeats.p99_us), (50, 99));
        let one = LabRepeats::of(5, &[Duration::from_micros(7)]);
        assert_eq!((one.p50_us, one.p99_us), (7, 7));
        assert_eq!(LabRepeats::of(5, &[]).p50_us, 0);
    }
}
