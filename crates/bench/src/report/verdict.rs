//! The findings, in sentences. Each is derived from the figures, so it is true whatever they are, and refers to the
//! cells that it is about.

use super::factors::{Worth, ratio};
use super::text::{listed, times, times_interval};
use crate::cell::{Carrier, Cell, Kind, Work};
use crate::interval::Interval;
use crate::results::{CellResult, Results, Run};

/// A load is past the knee if its p99 exceeds this many times that of the lowest load.
const KNEE: f64 = 3.0;
/// A ratio that differs from one by less than this counts as no difference.
const SAME: f64 = 0.1;

/// A sentence and the cells that it is about.
pub(super) struct Said {
    pub(super) text: String,
    pub(super) cells: Vec<Cell>,
}

/// A measure of a call.
struct Measure {
    /// As in "… the calls a second of gRPC".
    better: fn(&str) -> String,
    /// The value of a run; a larger one is better.
    of: fn(&Run) -> f64,
    name: &'static str,
}

const MEASURES: [Measure; 3] = [
    Measure {
        name: "rate",
        better: |times| format!("{times} the rate"),
        of: |run| run.moved_per_second,
    },
    Measure {
        name: "CPU time",
        better: |times| format!("{times} less CPU time a call on both sides together"),
        of: |run| 1.0 / cpu(run).max(f64::MIN_POSITIVE),
    },
    Measure {
        name: "bytes",
        better: |times| format!("{times} fewer bytes on the wire"),
        of: |run| 1.0 / wire(run).max(1.0),
    },
];

pub(super) fn cpu(run: &Run) -> f64 {
    run.cpu_us_client + run.cpu_us_server.unwrap_or_default()
}

#[expect(clippy::cast_precision_loss, reason = "bytes of a call are far below 2^52")]
pub(super) fn wire(run: &Run) -> f64 {
    (run.bytes_out + run.bytes_in) as f64
}

/// Where gRPC is behind REST with JSON, both with their default settings.
pub(super) fn losses(results: &Results) -> Vec<Said> {
    let mut losses = Vec::new();
    for work in Work::ALL {
        let Some(grpc) = results.base(work, Carrier::Grpc) else {
            continue;
        };
        for carrier in [Carrier::RestH1, Carrier::RestH2] {
            let Some(rest) = results.base(work, carrier) else {
                continue;
            };
            let better = MEASURES.iter().filter_map(|measure| {
                let ratio = ratio(rest, grpc, measure.of).filter(Interval::is_more)?;
                let more = format!("{} ({})", times(ratio.median), times_interval(&ratio));
                Some((measure.better)(&more))
            });
            let better: Vec<_> = better.collect();
            if !better.is_empty() {
                losses.push(Said {
                    text: format!(
                        "{}: {} has {}.",
                        capital(phrase(work)),
                        carrier.title(),
                        listed(&better)
                    ),
                    cells: vec![rest.cell, grpc.cell],
                });
            }
        }
    }
    losses
}

/// Which carrier is ahead in a work, by each measure: the measure's name, and the finding.
pub(super) fn ahead(results: &Results, work: Work) -> Vec<(&'static str, Said)> {
    let told = |measure: &Measure| best(results, work, measure.of).map(|best| (measure.name, best.said()));
    MEASURES.iter().filter_map(told).collect()
}

/// The carrier that is ahead, and the next one.
pub(super) struct Best<'a> {
    pub(super) first: &'a CellResult,
    pub(super) second: &'a CellResult,
    pub(super) ratio: Interval,
}

pub(super) fn best(results: &Results, work: Work, of: fn(&Run) -> f64) -> Option<Best<'_>> {
    let middle = |result: &CellResult| result.interval(of).map_or(f64::MIN, |interval| interval.median);
    let mut bases: Vec<_> = Carrier::ALL
        .iter()
        .filter_map(|carrier| results.base(work, *carrier))
        .collect();
    bases.sort_by(|one, other| middle(other).total_cmp(&middle(one)));
    let [first, second, ..] = bases[..] else {
        return None;
    };
    let ratio = ratio(first, second, of)?;
    Some(Best { first, second, ratio })
}

impl Best<'_> {
    fn said(&self) -> Said {
        let (first, second) = (self.first.cell.carrier.title(), self.second.cell.carrier.title());
        let (times, interval) = (times(self.ratio.median), times_interval(&self.ratio));
        Said {
            text: if self.ratio.is_more() {
                format!("{first}, {times} ({interval}) better than {second}")
            } else if self.ratio.leans() {
                format!("{first} as it seems, {times} ({interval}) better than {second} in too few runs to be sure")
            } else {
                format!("no clear winner: {first} and {second} differ by {times} ({interval})")
            },
            cells: vec![self.first.cell, self.second.cell],
        }
    }
}

/// The results that contradict common expectations.
pub(super) fn surprises(worths: &[Worth]) -> Vec<Said> {
    let mut surprises = Vec::new();
    for worth in worths {
        let Some(expected) = expectation(worth) else {
            continue;
        };
        let ratio = &worth.ratio;
        let seen = if (ratio.median - 1.0).abs() < SAME && !is_far(ratio) {
            Expected::Same
        } else if ratio.is_more() {
            Expected::Faster
        } else if ratio.is_less() {
            Expected::Slower
        } else {
            Expected::Same
        };
        if seen == expected {
            continue;
        }
        surprises.push(Said {
            text: format!(
                "{} of {}, from {} to {}: {} was expected, and {} ({}) was measured.",
                capital(worth.factor),
                kind(worth.kind),
                worth.from,
                worth.to,
                expected.word(),
                seen.told(ratio),
                times_interval(ratio)
            ),
            cells: worth
                .pairs
                .iter()
                .flat_map(|(one, other)| [*one, *other])
                .take(6)
                .collect(),
        });
    }
    surprises
}

fn is_far(ratio: &Interval) -> bool {
    ratio.is_clear() && (ratio.median - 1.0).abs() >= SAME
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Expected {
    Faster,
    Slower,
    Same,
}

impl Expected {
    fn word(self) -> &'static str {
        match self {
            Self::Faster => "more",
            Self::Slower => "less",
            Self::Same => "about the same rate",
        }
    }

    fn told(self, ratio: &Interval) -> String {
        match self {
            Self::Faster => format!("{} the rate", times(ratio.median)),
            Self::Slower => format!("a rate {} smaller", times(ratio.median)),
            Self::Same => "no clear difference".to_owned(),
        }
    }
}

/// The common expectation for a single machine, where bytes are cheap.
fn expectation(worth: &Worth) -> Option<Expected> {
    Some(match (worth.factor, worth.to.as_str()) {
        ("format" | "compression" | "HTTP version", _) => Expected::Slower,
        ("batch" | "connections", _) | ("calls at once", "16") => Expected::Faster,
        ("framing" | "calls at once", _) => Expected::Same,
        _ => return None,
    })
}

/// The first of these loads at which latency grows faster than load; none if there is none.
pub(super) fn knee(loads: &[&CellResult]) -> Option<usize> {
    let p99 = |result: &CellResult| {
        result
            .interval(|run| micros(run.p99_us))
            .map(|interval| interval.median)
    };
    let lowest = p99(loads.first()?)?;
    loads
        .iter()
        .position(|load| p99(load).is_some_and(|p99| p99 > KNEE * lowest))
}

#[expect(clippy::cast_precision_loss, reason = "a call takes less than 2^52 microseconds")]
pub(super) fn micros(time: u64) -> f64 {
    time as f64
}

pub(super) fn phrase(work: Work) -> &'static str {
    match work {
        Work::Title => "one record is looked up",
        Work::Page => "a page of a list is shown",
        Work::Search => "a search with facets is answered",
        Work::Export => "a whole catalogue is read",
        Work::ExportLarge => "a large catalogue is read",
        Work::Import => "much is sent, and one answer comes back",
        Work::Playback => "both sides speak when they like",
    }
}

pub(super) fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Unary => "unary calls",
        Kind::ServerStream => "server streams",
        Kind::ClientStream => "client streams",
        Kind::Bidi => "conversations",
    }
}

pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
