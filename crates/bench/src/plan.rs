//! Which cells are done: a base for each work and carrier, then each factor alone, then all together.

use rpc::{Compression, Format};

use crate::cell::{Carrier, Cell, Kind, Work};

/// How much is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Each work over each carrier as it comes.
    Quick,
    /// Each factor varied alone as well.
    Full,
    /// Every combination there is.
    Exhaustive,
}

const CONCURRENCY: [usize; 3] = [1, 16, 64];
const BATCHES: [i32; 3] = [1, 32, 1_024];
const PACKINGS: [Option<Compression>; 3] = [None, Some(Compression::Gzip), Some(Compression::Zstd)];
const FORMATS: [Format; 2] = [Format::Protobuf, Format::Json];

/// The cells, each once; those of one work stand together, its bases first.
pub fn plan(extent: Extent) -> Vec<Cell> {
    let mut cells = Vec::new();
    for work in Work::ALL {
        let bases = Carrier::ALL.map(|carrier| Cell::new(work, carrier));
        let others = bases.iter().flat_map(|base| match extent {
            Extent::Quick => Vec::new(),
            Extent::Full => each_alone(base),
            Extent::Exhaustive => all_together(base),
        });
        let others: Vec<_> = others.collect();
        for cell in bases.into_iter().chain(others) {
            if !cells.contains(&cell) {
                cells.push(cell);
            }
        }
    }
    cells
}

fn each_alone(base: &Cell) -> Vec<Cell> {
    let formats = FORMATS.map(|format| Cell { format, ..*base });
    let packings = PACKINGS.map(|compression| Cell { compression, ..*base });
    let mut cells: Vec<_> = formats.into_iter().chain(packings).collect();
    if base.work.kind() == Kind::Unary {
        cells.extend(CONCURRENCY.map(|concurrency| Cell { concurrency, ..*base }));
    } else {
        cells.extend(BATCHES.map(|batch| Cell { batch, ..*base }));
    }
    cells
}

fn all_together(base: &Cell) -> Vec<Cell> {
    let mut cells = vec![*base];
    cells = vary(&cells, FORMATS, |cell, format| Cell { format, ..cell });
    cells = vary(&cells, PACKINGS, |cell, compression| Cell { compression, ..cell });
    if base.work.kind() == Kind::Unary {
        vary(&cells, CONCURRENCY, |cell, concurrency| Cell { concurrency, ..cell })
    } else {
        vary(&cells, BATCHES, |cell, batch| Cell { batch, ..cell })
    }
}

fn vary<T: Copy, const N: usize>(cells: &[Cell], values: [T; N], with: impl Fn(Cell, T) -> Cell) -> Vec<Cell> {
    let with = &with;
    cells
        .iter()
        .flat_map(|cell| values.map(|value| with(*cell, value)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_work_is_done_over_every_carrier() {
        for extent in [Extent::Quick, Extent::Full, Extent::Exhaustive] {
            let cells = plan(extent);
            for work in Work::ALL {
                for carrier in Carrier::ALL {
                    assert!(
                        cells.contains(&Cell::new(work, carrier)),
                        "{extent:?}: {work:?} over {carrier:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn no_cell_is_done_twice_and_a_full_run_has_120_at_most() {
        let cells = plan(Extent::Full);
        assert!(cells.len() <= 120, "{}", cells.len());
        for (index, cell) in cells.iter().enumerate() {
            assert!(!cells[..index].contains(cell), "{cell}");
        }
    }

    #[test]
    fn each_factor_is_varied_alone() {
        for cell in plan(Extent::Full) {
            let base = Cell::new(cell.work, cell.carrier);
            let differences = [
                cell.format != base.format,
                cell.compression != base.compression,
                cell.batch != base.batch,
                cell.concurrency != base.concurrency,
            ];
            assert!(
                differences.into_iter().filter(|differs| *differs).count() <= 1,
                "{cell}"
            );
        }
    }
}
