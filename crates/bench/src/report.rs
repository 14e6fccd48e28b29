//! What came out: `results.json`, and a summary to read.

use std::fmt::Write as _;

use serde::Serialize;

use crate::cell::{Cell, Kind};

/// All of one comparison.
#[derive(Debug, Serialize)]
pub struct Results {
    pub machine: Machine,
    pub versions: Versions,
    pub settings: Settings,
    pub cells: Vec<CellResult>,
}

/// Where it ran.
#[derive(Debug, Serialize)]
pub struct Machine {
    pub processor: String,
    pub cores: usize,
    pub memory_bytes: u64,
    pub system: String,
}

/// What ran.
#[derive(Debug, Serialize)]
pub struct Versions {
    pub dvs: String,
    /// Without it the figures are of no use.
    pub release_build: bool,
}

/// How it ran.
#[derive(Debug, Serialize)]
pub struct Settings {
    pub records: u32,
    pub runs: usize,
    pub seconds_per_run: f64,
}

/// One cell and its runs.
#[derive(Debug, Serialize)]
pub struct CellResult {
    pub work: &'static str,
    pub kind: Kind,
    pub format: &'static str,
    pub compression: &'static str,
    pub carrier: &'static str,
    pub batch: i32,
    pub concurrency: usize,
    /// How it was loaded.
    pub r#loop: &'static str,
    /// Its answers are those of all cells of its work; a comparison in which they are not ends without results.
    pub equal: bool,
    pub runs: Vec<Run>,
}

/// One run of a cell. Bytes and microseconds of CPU are of one call.
#[derive(Debug, Clone, Serialize)]
pub struct Run {
    /// Calls.
    pub per_second: f64,
    pub titles_per_second: f64,
    pub p50_us: u64,
    pub p99_us: u64,
    pub bytes_out: u64,
    pub bytes_in: u64,
    pub cpu_us_client: f64,
    /// None for a process on another machine.
    pub cpu_us_server: Option<f64>,
    /// The most memory that the service has held so far, in bytes.
    pub peak_rss: Option<u64>,
    /// The caller had no cores left: the service may be quicker than this.
    pub client_saturated: bool,
}

impl CellResult {
    pub(crate) fn new(cell: &Cell, runs: Vec<Run>) -> Self {
        Self {
            work: cell.work.name(),
            kind: cell.work.kind(),
            format: cell.format_name(),
            compression: cell.compression_name(),
            carrier: cell.carrier.name(),
            batch: cell.batch,
            concurrency: cell.concurrency,
            r#loop: "closed",
            equal: true,
            runs,
        }
    }

    /// The middle one of the runs, and the least and the greatest.
    fn spread(&self, of: impl Fn(&Run) -> f64) -> [f64; 3] {
        let mut values: Vec<f64> = self.runs.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        let at = |index: usize| values.get(index).copied().unwrap_or(f64::NAN);
        [at(values.len() / 2), at(0), at(values.len().saturating_sub(1))]
    }
}

impl Results {
    /// The summary, as Markdown.
    pub fn summary(&self) -> String {
        let Machine { processor, cores, .. } = &self.machine;
        let Settings {
            records,
            runs,
            seconds_per_run,
        } = &self.settings;
        let mut text = format!(
            "# gRPC and REST/JSON\n\n{cores} cores ({processor}), {records} titles, {runs} runs of {seconds_per_run} s a cell \
             in turns; the callers and the catalogue in a process each, on the same cores. Medians, and between which \
             values the runs lay. Every cell's answers were equal to those of the others of its work.\n"
        );
        if !self.versions.release_build {
            text += "\n**This is a debug build: its figures say nothing.**\n";
        }
        let mut works: Vec<_> = self.cells.iter().map(|cell| cell.work).collect();
        works.dedup();
        for work in works {
            let _ = write!(
                text,
                "\n## {work}\n\n| carrier | format | packed | batch | at once | calls a second | p50 µs | p99 µs | bytes out | \
                 bytes in | CPU µs, caller | CPU µs, catalogue |\n|---|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n"
            );
            for cell in self.cells.iter().filter(|cell| cell.work == work) {
                cell.row(&mut text);
            }
        }
        text
    }
}

impl CellResult {
    #[expect(clippy::cast_precision_loss, reason = "bytes and microseconds are far below 2^52")]
    fn row(&self, text: &mut String) {
        let [rate, least, most] = self.spread(|run| run.per_second);
        let middle = |of: fn(&Run) -> f64| self.spread(of)[0];
        let batch = if self.kind == Kind::Unary {
            String::new()
        } else {
            self.batch.to_string()
        };
        let saturated = if self.runs.iter().any(|run| run.client_saturated) {
            " (caller saturated)"
        } else {
            ""
        };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {batch} | {} | {rate:.1} ({least:.1} to {most:.1}){saturated} | {:.0} | {:.0} | {:.0} | {:.0} | {:.0} | {:.0} |",
            self.carrier,
            self.format,
            self.compression,
            self.concurrency,
            middle(|run| run.p50_us as f64),
            middle(|run| run.p99_us as f64),
            middle(|run| run.bytes_out as f64),
            middle(|run| run.bytes_in as f64),
            middle(|run| run.cpu_us_client),
            middle(|run| run.cpu_us_server.unwrap_or(f64::NAN)),
        );
    }
}
