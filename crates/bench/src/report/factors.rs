//! The worth of each factor: compares cells that differ in it alone.

use crate::cell::{Carrier, Cell, Compression, Format, Kind};
use crate::interval::Interval;
use crate::results::{CellResult, Loop, Results, Run};

/// The change of one factor from one level to another, in all pairs of cells of a kind that differ in it alone.
pub(super) struct Worth {
    pub(super) factor: &'static str,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) kind: Kind,
    /// The rate at the second level divided by that at the first.
    pub(super) ratio: Interval,
    pub(super) pairs: Vec<(Cell, Cell)>,
}

/// A factor, with the name of a cell's level; equal names are equal levels.
struct Factor {
    name: &'static str,
    level: fn(&Cell) -> String,
    /// The changes that are examined.
    moves: &'static [(&'static str, &'static str)],
}

const FACTORS: [Factor; 7] = [
    Factor {
        name: "format",
        level: |cell| format!("{:?}", cell.format),
        moves: &[("Protobuf", "Json")],
    },
    Factor {
        name: "compression",
        level: |cell| format!("{:?}", cell.compression),
        moves: &[("None", "Gzip"), ("None", "Zstd")],
    },
    Factor {
        name: "framing",
        level: |cell| cell.carrier.title().to_owned(),
        moves: &[("gRPC", "REST over HTTP/2")],
    },
    Factor {
        name: "HTTP version",
        level: |cell| cell.carrier.title().to_owned(),
        moves: &[
            ("REST over HTTP/2", "REST over HTTP/1.1"),
            ("gRPC", "REST over HTTP/1.1"),
        ],
    },
    Factor {
        name: "batch",
        level: |cell| cell.batch.to_string(),
        moves: &[("1", "32"), ("32", "500"), ("32", "1024")],
    },
    Factor {
        name: "connections",
        level: |cell| cell.connections.to_string(),
        moves: &[("1", "8")],
    },
    Factor {
        name: "calls at once",
        level: |cell| cell.concurrency.to_string(),
        moves: &[("1", "16"), ("16", "64")],
    },
];

/// The worth of every change of a factor for which the results have cells.
pub(super) fn worths(results: &Results) -> Vec<Worth> {
    let mut worths = Vec::new();
    for factor in &FACTORS {
        for (from, to) in factor.moves {
            worths.extend(
                Kind::ALL
                    .into_iter()
                    .filter_map(|kind| worth(results, factor, (from, to), kind)),
            );
        }
    }
    worths
}

fn worth(results: &Results, factor: &Factor, (from, to): (&str, &str), kind: Kind) -> Option<Worth> {
    // A conversation over REST is a WebSocket on HTTP/1.1, so for conversations the only change of the HTTP version is
    // the one from gRPC.
    let closed: Vec<_> = results.closed().filter(|result| result.kind == kind).collect();
    let at = |level: &str| {
        closed
            .iter()
            .filter(move |result| (factor.level)(&result.cell) == level)
            .copied()
            .collect()
    };
    let (firsts, seconds): (Vec<&CellResult>, Vec<&CellResult>) = (at(from), at(to));
    let twins = firsts
        .iter()
        .flat_map(|first| seconds.iter().map(move |second| (*first, *second)));
    let twins: Vec<_> = twins
        .filter(|(one, other)| differ_in_one(&one.cell, &other.cell))
        .collect();
    let ratio = together(&twins)?;
    Some(Worth {
        factor: factor.name,
        from: words(from),
        to: words(to),
        kind,
        ratio,
        pairs: twins.iter().map(|(one, other)| (one.cell, other.cell)).collect(),
    })
}

fn words(level: &str) -> String {
    match level {
        "Json" => "JSON".to_owned(),
        "None" => "not packed".to_owned(),
        "Gzip" => "gzip".to_owned(),
        "Zstd" => "zstd".to_owned(),
        "1024" => "1,024".to_owned(),
        other => other.to_owned(),
    }
}

fn differ_in_one(one: &Cell, other: &Cell) -> bool {
    let differ = [
        one.carrier != other.carrier,
        one.format != other.format,
        one.compression != other.compression,
        one.batch != other.batch,
        one.connections != other.connections,
        one.concurrency != other.concurrency,
    ];
    one.work == other.work && differ.into_iter().filter(|differs| *differs).count() == 1
}

/// The geometric mean of the pairs' ratios in each turn; then the median of the turns, and its interval.
fn together(twins: &[(&CellResult, &CellResult)]) -> Option<Interval> {
    let turns = twins
        .iter()
        .map(|(one, other)| one.runs.len().min(other.runs.len()))
        .min()?;
    let count = f64::from(u32::try_from(twins.len()).ok()?);
    Interval::of((0..turns).map(|turn| {
        let logarithms = twins.iter().map(|(one, other)| {
            let (one, other) = (&one.runs[turn], &other.runs[turn]);
            (other.moved_per_second / one.moved_per_second).ln()
        });
        (logarithms.sum::<f64>() / count).exp()
    }))
}

/// A figure of one cell divided by that of another, turn by turn.
pub(super) fn ratio(one: &CellResult, other: &CellResult, of: impl Fn(&Run) -> f64) -> Option<Interval> {
    Interval::of(one.runs.iter().zip(&other.runs).map(|(one, other)| of(one) / of(other)))
}

impl Results {
    pub(super) fn closed(&self) -> impl Iterator<Item = &CellResult> {
        self.cells.iter().filter(|result| result.r#loop == Loop::Closed)
    }

    pub(super) fn closed_cell(&self, cell: &Cell) -> Option<&CellResult> {
        self.closed().find(|result| result.cell == *cell)
    }

    /// The result of a carrier with its default settings.
    pub(super) fn base(&self, work: crate::cell::Work, carrier: Carrier) -> Option<&CellResult> {
        self.closed_cell(&Cell::new(work, carrier))
    }
}

impl Cell {
    /// The same cell with another coding.
    pub(super) fn coded(self, format: Format, compression: Compression) -> Self {
        Self {
            format,
            compression,
            ..self
        }
    }
}
