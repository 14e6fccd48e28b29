//! Measures the cells: first it checks that their answers are equal, then it runs each several times, in turns, so that
//! a temporary disturbance of the machine affects all of them.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::cell::{Cell, Work};
use crate::commands::{Command, OpenLoad};
use crate::driver::Driver;
use crate::interval::Interval;
use crate::progress::Progress;
use crate::results::{CellResult, Loop, Run};
use crate::run_journal::RunJournal;

/// The loads of an open loop, as shares of the closed loop's peak.
pub(crate) const SHARES: [f64; 4] = [0.2, 0.5, 0.7, 0.9];
const SEED: u64 = 1922;

/// How often and how long each cell is measured.
#[derive(Debug, Clone, Copy)]
pub struct Depth {
    pub runs: usize,
    pub time: Duration,
}

/// The length of a short turn. Machines in a cloud change their speed from one second to the next.
const SHORT_TURN: Duration = Duration::from_millis(250);

impl Depth {
    /// The same time in more and shorter turns, so that the sides of a comparison run under the same conditions.
    #[must_use]
    pub fn in_short_turns(self) -> Self {
        let turns = (self.time.as_millis() / SHORT_TURN.as_millis()).max(1);
        let turns = u32::try_from(turns).unwrap_or(u32::MAX);
        Self {
            runs: self.runs.saturating_mul(usize::try_from(turns).unwrap_or(usize::MAX)),
            time: self.time / turns,
        }
    }

    pub(crate) fn millis(&self) -> u64 {
        u64::try_from(self.time.as_millis()).unwrap_or(u64::MAX)
    }
}

/// Measures every cell in a closed loop.
pub async fn measure(
    driver: &mut Driver,
    journal: &mut RunJournal,
    progress: &mut Progress,
    cells: &[Cell],
    depth: Depth,
) -> Result<Vec<CellResult>> {
    let step = |cell: &Cell, turn| format!("{}/closed/{turn}", cell.anchor());
    let is_done = |cell: &Cell| (0..depth.runs).all(|turn| journal.has(&step(cell, turn)));
    let open: HashSet<Work> = cells
        .iter()
        .filter(|cell| !is_done(cell))
        .map(|cell| cell.work)
        .collect();
    let mut expected: HashMap<Work, (Vec<u64>, Cell)> = HashMap::new();
    for cell in cells {
        // When a comparison is resumed, the first cell of an unfinished work provides the expected answers again.
        let is_asked = open.contains(&cell.work) && (!is_done(cell) || !expected.contains_key(&cell.work));
        if !is_asked {
            continue;
        }
        progress.now(&format!("asking: {cell}"));
        let answers = driver.check(*cell).await.with_context(|| cell.to_string())?.answers;
        let (known, first) = expected.entry(cell.work).or_insert_with(|| (answers.clone(), *cell));
        if *known != answers {
            bail!("{cell}: its answers differ from those of {first}");
        }
    }
    let mut runs: HashMap<Cell, Vec<Run>> = HashMap::new();
    for turn in 0..depth.runs {
        for cell in cells {
            let order = Command::Load {
                cell: *cell,
                millis: depth.millis(),
                open: None,
            };
            let measured = async { driver.run(&order).await.with_context(|| cell.to_string()) };
            let run = progress
                .step(journal, &cell.to_string(), step(cell, turn), measured)
                .await?;
            runs.entry(*cell).or_default().push(run);
        }
    }
    let result = |cell: &Cell| CellResult::new(*cell, None, runs.remove(cell).unwrap_or_default());
    Ok(cells.iter().map(result).collect())
}

/// Loads some of the measured cells in an open loop, at shares of their peak rates.
pub async fn measure_under_load(
    driver: &mut Driver,
    journal: &mut RunJournal,
    progress: &mut Progress,
    (cells, measured): (&[Cell], &[CellResult]),
    depth: Depth,
) -> Result<Vec<CellResult>> {
    let mut lanes = Vec::new();
    for result in measured.iter().filter(|result| result.r#loop == Loop::Closed) {
        let peak = Interval::of(result.runs.iter().map(|run| run.per_second));
        if let Some(peak) = peak.filter(|_| cells.contains(&result.cell)) {
            lanes.extend(SHARES.map(|share| (result.cell, share, peak.median, Vec::new())));
        }
    }
    for turn in 0..depth.runs {
        for (cell, share, peak, runs) in &mut lanes {
            let open = OpenLoad {
                per_second: *peak * *share,
                seed: SEED + u64::try_from(turn)?,
            };
            let order = Command::Load {
                cell: *cell,
                millis: depth.millis(),
                open: Some(open),
            };
            let what = format!("{cell}, at {:.0} % of its peak", *share * 100.0);
            let step = format!("{}/open-{share}/{turn}", cell.anchor());
            let measured = async { driver.run(&order).await.with_context(|| what.clone()) };
            runs.push(progress.step(journal, &what, step, measured).await?);
        }
    }
    let result = |(cell, share, _, runs)| CellResult::new(cell, Some(share), runs);
    Ok(lanes.into_iter().map(result).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_turns_take_the_time_of_the_long_ones() {
        let depth = |runs, millis| Depth {
            runs,
            time: Duration::from_millis(millis),
        };
        let short = depth(5, 1_500).in_short_turns();
        assert_eq!((short.runs, short.millis()), (30, 250));
        let short_already = depth(3, 375).in_short_turns();
        assert_eq!((short_already.runs, short_already.millis()), (3, 375));
        assert_eq!(depth(3, 10).in_short_turns().runs, 3);
    }
}
