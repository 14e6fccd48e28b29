//! Selects the cells: for each work the bases, each factor varied alone around them, and a stated fraction of the other
//! combinations.

use crate::cell::{Carrier, Cell, Compression, Format, Kind, Work};
use crate::titles::mixed;

/// How much is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Each work over each carrier with its default settings.
    Quick,
    /// In addition each factor varied alone, and a fraction of the other combinations.
    Full,
    /// Every possible combination.
    Exhaustive,
}

/// The most cells of a full run.
pub const MOST_CELLS: usize = 120;
/// Draws the fraction of the other combinations; fixed, so that it is always the same one.
const SEED: u64 = 1922;

const CONNECTIONS: [usize; 2] = [1, 8];
const CONCURRENCY: [usize; 3] = [1, 16, 64];
/// The largest batch of an import is 500, the most titles that one of its messages may have.
const EXPORT_BATCHES: [i32; 3] = [1, 32, 1_024];
const IMPORT_BATCHES: [i32; 3] = [1, 32, 500];
const CODINGS: [(Format, Compression); 6] = [
    (Format::Protobuf, Compression::None),
    (Format::Json, Compression::None),
    (Format::Json, Compression::Gzip),
    (Format::Json, Compression::Zstd),
    (Format::Protobuf, Compression::Gzip),
    (Format::Protobuf, Compression::Zstd),
];

/// What cannot be measured or is left out of a full run, and why; every report says it.
pub const CANNOT_BE: [&str; 6] = [
    "Conversations over REST are WebSockets, and a WebSocket here begins on HTTP/1.1: there is no playback over HTTP/2.",
    "The WebSockets have no compression extension, so playback over REST is never packed.",
    "A heartbeat is one message of its own kind: playback has no batches.",
    "A message of an import carries 500 titles at most, so its batches are 1, 32 and 500 instead of 1,024.",
    "A full run makes one export or import at a time over one connection: 64 of them at once would measure the memory of \
     the machine. `--exhaustive` does it.",
    "Allocations are not counted: that takes an allocator of its own, which would be what is measured.",
];

/// The cells, without duplicates; those of one work follow each other, its bases first.
pub fn plan(extent: Extent) -> Vec<Cell> {
    let mut cells = Vec::new();
    for work in Work::ALL {
        match extent {
            Extent::Quick => add(&mut cells, bases(work)),
            Extent::Full => add(&mut cells, each_alone(work)),
            Extent::Exhaustive => {
                add(&mut cells, bases(work));
                add(&mut cells, everything(work));
            }
        }
    }
    if extent == Extent::Quick {
        cells.retain(|cell| cell.work != Work::ExportLarge);
    }
    if extent == Extent::Full {
        let drawn = drawn(&cells);
        add(&mut cells, drawn);
        cells.sort_by_key(|cell| cell.work);
    }
    cells
}

/// How many cells a full run draws, and from how many.
pub fn fraction() -> (usize, usize) {
    let mut alone = Vec::new();
    for work in Work::ALL {
        add(&mut alone, each_alone(work));
    }
    (drawn(&alone).len(), rest(&alone).len())
}

/// The cells whose latency is measured under load.
pub fn under_load() -> [Cell; 8] {
    let [grpc, h2, h1] = Carrier::ALL;
    [
        Cell::new(Work::Title, grpc),
        Cell::new(Work::Title, h2),
        Cell::new(Work::Title, h1),
        Cell::new(Work::Page, grpc),
        Cell::new(Work::Page, h2),
        Cell::new(Work::Page, h1),
        Cell::new(Work::Search, grpc),
        Cell::new(Work::Search, h1),
    ]
}

/// Whether the combination is possible.
fn can_be(cell: &Cell) -> bool {
    let is_conversation_over_rest = cell.work.kind() == Kind::Bidi && cell.carrier != Carrier::Grpc;
    !is_conversation_over_rest || (cell.carrier == Carrier::RestH1 && cell.compression == Compression::None)
}

/// Each carrier with its default settings.
fn bases(work: Work) -> Vec<Cell> {
    Carrier::ALL.map(|carrier| Cell::new(work, carrier)).to_vec()
}

/// The bases, and the variations of a single factor around those of gRPC and of REST over HTTP/1.1.
fn each_alone(work: Work) -> Vec<Cell> {
    let mut cells = bases(work);
    if work == Work::ExportLarge {
        return cells;
    }
    for base in bases(work) {
        // REST over HTTP/2 lies between the two, so only its carrier and its batches are varied.
        if base.carrier != Carrier::RestH2 {
            add(&mut cells, codings(&base, &CODINGS[..4]));
            add(&mut cells, loads(&base));
        }
        add(&mut cells, batches(&base));
        // Varies the carrier alone: gRPC's format over the other carriers.
        add(
            &mut cells,
            vec![Cell {
                format: Format::Protobuf,
                ..base
            }],
        );
    }
    cells
}

fn codings(base: &Cell, codings: &[(Format, Compression)]) -> Vec<Cell> {
    let coded = |&(format, compression): &(Format, Compression)| Cell {
        format,
        compression,
        ..*base
    };
    codings.iter().map(coded).collect()
}

fn batches(base: &Cell) -> Vec<Cell> {
    batches_of(base.work)
        .iter()
        .map(|&batch| Cell { batch, ..*base })
        .collect()
}

fn batches_of(work: Work) -> &'static [i32] {
    match work {
        Work::Export => &EXPORT_BATCHES,
        Work::ExportLarge => &EXPORT_BATCHES[2..],
        Work::Import => &IMPORT_BATCHES,
        _ => &[1],
    }
}

/// Varies the connections alone, and the concurrency alone, for the works that have several calls in a full run.
fn loads(base: &Cell) -> Vec<Cell> {
    match base.work.kind() {
        Kind::ServerStream | Kind::ClientStream => Vec::new(),
        Kind::Unary => {
            let connections = CONNECTIONS.map(|connections| Cell { connections, ..*base });
            let concurrency = CONCURRENCY.map(|concurrency| Cell { concurrency, ..*base });
            connections.into_iter().chain(concurrency).collect()
        }
        // Over a WebSocket each player has a connection; over gRPC players share connections.
        Kind::Bidi => CONCURRENCY.map(|concurrency| Cell { concurrency, ..*base }).to_vec(),
    }
}

fn everything(work: Work) -> Vec<Cell> {
    let mut cells = Vec::new();
    for carrier in Carrier::ALL {
        for (format, compression) in CODINGS {
            for &batch in batches_of(work) {
                for connections in CONNECTIONS {
                    for concurrency in CONCURRENCY {
                        cells.push(Cell {
                            work,
                            carrier,
                            format,
                            compression,
                            batch,
                            connections,
                            concurrency,
                        });
                    }
                }
            }
        }
    }
    cells.retain(can_be);
    cells
}

/// The combinations that the first part of a full run leaves, as far as they are short enough: all unary calls and
/// playback, and streams one at a time.
fn rest(cells: &[Cell]) -> Vec<Cell> {
    let is_short = |cell: &Cell| !cell.work.has_batches() || (cell.connections == 1 && cell.concurrency == 1);
    let all = Work::ALL.into_iter().filter(|work| *work != Work::ExportLarge);
    let all = all.flat_map(everything);
    all.filter(|cell| is_short(cell) && !cells.contains(cell)).collect()
}

/// The fraction: as many of the remaining combinations as fit, drawn pseudo-randomly.
fn drawn(cells: &[Cell]) -> Vec<Cell> {
    let mut rest = rest(cells);
    let mut lot = SEED;
    rest.sort_by_cached_key(|_| {
        lot = mixed(lot);
        lot
    });
    rest.truncate(MOST_CELLS.saturating_sub(cells.len()));
    rest
}

fn add(cells: &mut Vec<Cell>, others: Vec<Cell>) {
    for cell in others {
        if can_be(&cell) && !cells.contains(&cell) {
            cells.push(cell);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXTENTS: [Extent; 3] = [Extent::Quick, Extent::Full, Extent::Exhaustive];

    #[test]
    fn every_work_is_done_over_every_carrier_that_can_do_it() {
        for extent in EXTENTS {
            let cells = plan(extent);
            for work in Work::ALL {
                if extent == Extent::Quick && work == Work::ExportLarge {
                    continue;
                }
                for base in bases(work).into_iter().filter(can_be) {
                    assert!(cells.contains(&base), "{extent:?}: {base}");
                }
            }
        }
    }

    #[test]
    fn no_cell_is_done_twice_and_none_that_cannot_be() {
        for extent in EXTENTS {
            let cells = plan(extent);
            for (index, cell) in cells.iter().enumerate() {
                assert!(can_be(cell) && !cells[..index].contains(cell), "{cell}");
            }
        }
    }

    #[test]
    fn a_full_run_has_120_cells_at_most_and_says_which_fraction_was_drawn() {
        let cells = plan(Extent::Full);
        let (drawn, rest) = fraction();
        assert!(cells.len() <= MOST_CELLS, "{}", cells.len());
        assert!(drawn > 0 && drawn < rest, "{drawn} of {rest}");
        assert_eq!(cells, plan(Extent::Full), "the same lot each time");
    }

    #[test]
    fn every_factor_has_a_pair_of_cells_that_differ_in_it_alone() {
        let cells = plan(Extent::Full);
        let differences = |one: &Cell, other: &Cell| {
            [
                one.carrier != other.carrier,
                one.format != other.format,
                one.compression != other.compression,
                one.batch != other.batch,
                one.connections != other.connections,
                one.concurrency != other.concurrency,
            ]
        };
        for factor in 0..6 {
            let is_alone = |one: &Cell, other: &Cell| {
                let differs = differences(one, other);
                one.work == other.work && differs[factor] && differs.iter().filter(|differs| **differs).count() == 1
            };
            let found = cells.iter().any(|one| cells.iter().any(|other| is_alone(one, other)));
            assert!(found, "factor {factor}");
        }
    }

    #[test]
    fn the_cells_under_load_are_in_every_plan() {
        for extent in EXTENTS {
            let cells = plan(extent);
            assert!(under_load().iter().all(|cell| cells.contains(cell)), "{extent:?}");
        }
    }
}
