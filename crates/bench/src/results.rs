//! The results of a comparison: `results.json`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::cell::{Cell, Kind};
use crate::interval::Interval;
use crate::load::{Saturation, Seen};

/// Runs of a cell that differ by more than this share of their median are marked as noisy.
const NOISY: f64 = 0.25;

/// The results of one comparison.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Results {
    pub machine: Machine,
    pub versions: Versions,
    pub settings: Settings,
    pub cells: Vec<CellResult>,
    pub floors: Vec<FloorResult>,
    pub origin_table: Vec<OriginRow>,
}

/// The machine on which it ran.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Machine {
    pub processor: String,
    pub cores: usize,
    pub memory_bytes: u64,
    pub system: String,
}

/// The program that ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versions {
    pub dvs: String,
    /// The figures of a debug build are of no use.
    pub release_build: bool,
    /// Identifies the build.
    pub build: String,
}

/// The settings. An interrupted comparison is resumed only if they are the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    pub extent: String,
    pub records: u32,
    /// The titles of the large catalogue; 0 if it was left out.
    pub records_large: u32,
    pub runs: usize,
    pub seconds_per_run: f64,
    /// The selection, if not everything was measured.
    pub chosen: Vec<String>,
    /// The host of the store, if not this machine.
    pub against: Option<String>,
    /// How many cells were drawn as a fraction of the other combinations, and from how many.
    pub drawn: Option<(usize, usize)>,
}

/// How a cell was loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loop {
    Closed,
    Open,
}

/// One cell and its runs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CellResult {
    #[serde(flatten)]
    pub cell: Cell,
    pub kind: Kind,
    pub r#loop: Loop,
    /// In an open loop: the share of the closed loop's peak at which calls arrived.
    pub share_of_peak: Option<f64>,
    /// Whether its answers equal those of all cells of its work; always true, because a comparison with different
    /// answers ends without results.
    pub equal: bool,
    /// Whether its runs differ widely.
    pub noisy: bool,
    pub runs: Vec<Run>,
}

/// One run. Bytes and microseconds of CPU are those of one call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Calls a second.
    pub per_second: f64,
    pub p50_us: u64,
    pub p99_us: u64,
    pub bytes_out: u64,
    pub bytes_in: u64,
    pub cpu_us_client: f64,
    /// None for processes on another machine.
    pub cpu_us_server: Option<f64>,
    /// The most memory that one process of the service used during the run, in bytes.
    pub peak_rss: Option<u64>,
    pub calls: u64,
    /// Titles, heartbeats or records of all calls.
    pub moved: u64,
    pub moved_per_second: f64,
    pub p999_us: u64,
    pub max_us: u64,
    /// Whether the caller was the limit, so that the service may be faster than this.
    pub client_saturated: bool,
    /// Shares from 0 to 1: of the cores, how much the caller used; of the time, how long its idle thread was delayed;
    /// of the CPU time that it wanted, how long it waited.
    pub client_used: f64,
    pub client_lost: f64,
    pub client_waited: f64,
    /// In an open loop: calls that were dropped because too many were under way.
    pub dropped: u64,
    /// In an open loop: calls that began more than a millisecond after their intended time.
    pub late: u64,
    pub seconds: f64,
}

/// The store compared with a floor.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FloorResult {
    pub name: String,
    /// What was measured at the store.
    pub store: String,
    /// What was measured at the floor.
    pub floor: String,
    /// The share of the floor's rate that the store must reach; none if the comparison is only for information.
    pub target: Option<f64>,
    pub store_runs: Vec<Run>,
    pub floor_runs: Vec<Run>,
}

/// One row of the origin's table.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OriginRow {
    pub records: u32,
    pub way: OriginWay,
    /// The batch size, if there are several messages.
    pub batch: Option<u32>,
    /// The origin's times in seconds: on its author's laptop, and on two cores like those of this project.
    pub origin_laptop_seconds: Option<f64>,
    pub origin_seconds: Option<f64>,
    pub seconds: Vec<f64>,
    pub bytes: u64,
    /// The most memory that a process of the store used in the first turn, in bytes.
    pub peak_rss: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OriginWay {
    /// The gateway asks the catalogue over REST.
    Rest,
    /// Over gRPC, in one answer.
    Unary,
    /// Over gRPC, as a stream.
    ServerStream,
    /// Over gRPC, in one answer, which the catalogue reads from its database instead of its memory.
    Database,
}

impl OriginWay {
    pub(crate) const fn in_words(self) -> &'static str {
        match self {
            Self::Rest => "REST/JSON",
            Self::Unary => "gRPC, one answer",
            Self::ServerStream => "gRPC, server stream",
            Self::Database => "gRPC, one answer, straight from the database",
        }
    }
}

impl Run {
    pub(crate) fn of(seen: &Seen, saturation: Saturation, server: Option<Duration>, peak_rss: Option<u64>) -> Self {
        let (calls, seconds) = (to_f64(seen.calls), seen.elapsed.as_secs_f64());
        let at = |quantile| seen.latencies.value_at_quantile(quantile);
        Self {
            per_second: calls / seconds,
            p50_us: at(0.5),
            p99_us: at(0.99),
            bytes_out: 0,
            bytes_in: 0,
            cpu_us_client: saturation.cpu_us / calls,
            cpu_us_server: server.map(|server| server.as_secs_f64() * 1e6 / calls),
            peak_rss,
            calls: seen.calls,
            moved: seen.moved,
            moved_per_second: to_f64(seen.moved) / seconds,
            p999_us: at(0.999),
            max_us: seen.latencies.max(),
            client_saturated: saturation.is_saturated(),
            client_used: saturation.used,
            client_lost: saturation.lost,
            client_waited: saturation.waited,
            dropped: seen.dropped,
            late: seen.late,
            seconds,
        }
    }
}

impl CellResult {
    pub(crate) fn new(cell: Cell, share_of_peak: Option<f64>, runs: Vec<Run>) -> Self {
        let rate = Interval::of(runs.iter().map(|run| run.per_second));
        Self {
            cell,
            kind: cell.work.kind(),
            r#loop: if share_of_peak.is_some() {
                Loop::Open
            } else {
                Loop::Closed
            },
            share_of_peak,
            equal: true,
            noisy: rate.is_some_and(|rate| rate.width() > NOISY),
            runs,
        }
    }

    pub(crate) fn interval(&self, of: impl Fn(&Run) -> f64) -> Option<Interval> {
        Interval::of(self.runs.iter().map(of))
    }

    pub(crate) fn is_saturated(&self) -> bool {
        let saturated = self.runs.iter().filter(|run| run.client_saturated).count();
        2 * saturated > self.runs.len()
    }
}

impl FloorResult {
    /// Which share of the floor's rate the store reaches, run by run.
    pub(crate) fn ratio(&self) -> Option<Interval> {
        let pairs = self.store_runs.iter().zip(&self.floor_runs);
        Interval::of(pairs.map(|(store, floor)| store.moved_per_second / floor.moved_per_second))
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of a run are far below 2^52")]
pub(crate) fn to_f64(count: u64) -> f64 {
    count as f64
}
