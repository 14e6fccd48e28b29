//! What came out: `results.json`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::cell::{Cell, Kind};
use crate::interval::Interval;
use crate::load::{Saturation, Seen};

/// Runs that lie further apart than this share of their median are marked.
const NOISY: f64 = 0.25;

/// All of one comparison.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Results {
    pub machine: Machine,
    pub versions: Versions,
    pub settings: Settings,
    pub cells: Vec<CellResult>,
    pub floors: Vec<FloorResult>,
    pub origin_table: Vec<OriginRow>,
}

/// Where it ran.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Machine {
    pub processor: String,
    pub cores: usize,
    pub memory_bytes: u64,
    pub system: String,
}

/// What ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versions {
    pub dvs: String,
    /// Without it the figures are of no use.
    pub release_build: bool,
    /// Tells one build from another.
    pub build: String,
}

/// How it ran. A run that broke off goes on where these are the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    pub extent: String,
    pub records: u32,
    /// Of the large catalogue; 0 where it was left out.
    pub records_large: u32,
    pub runs: usize,
    pub seconds_per_run: f64,
    /// What was chosen, where not everything was.
    pub chosen: Vec<String>,
    /// Where the store ran, if not on this machine.
    pub against: Option<String>,
    /// How many cells were drawn as the fraction of the rest, and from how many.
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
    /// Of an open loop: which share of the closed loop's peak it asked for.
    pub share_of_peak: Option<f64>,
    /// Its answers are those of all cells of its work; a comparison in which they are not ends without results.
    pub equal: bool,
    /// The runs lie far apart.
    pub noisy: bool,
    pub runs: Vec<Run>,
}

/// One run. Bytes and microseconds of CPU are of one call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Calls.
    pub per_second: f64,
    pub p50_us: u64,
    pub p99_us: u64,
    pub bytes_out: u64,
    pub bytes_in: u64,
    pub cpu_us_client: f64,
    /// None for processes on another machine.
    pub cpu_us_server: Option<f64>,
    /// The most memory that one process of the service held meanwhile, in bytes.
    pub peak_rss: Option<u64>,
    pub calls: u64,
    /// Titles, heartbeats or records of all calls.
    pub moved: u64,
    pub moved_per_second: f64,
    pub p999_us: u64,
    pub max_us: u64,
    /// The caller was the limit: the service may be quicker than this.
    pub client_saturated: bool,
    /// Shares, from 0 to 1: of the cores that the caller used; of its time that it lost to being woken late; of the CPU time
    /// it wanted, what it waited for.
    pub client_used: f64,
    pub client_lost: f64,
    pub client_waited: f64,
    /// Of an open loop: calls that were given up because too many were under way.
    pub dropped: u64,
    /// Of an open loop: calls that began more than a millisecond after their time.
    pub late: u64,
    pub seconds: f64,
}

/// The store beside a floor.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FloorResult {
    pub name: String,
    /// What of the store was measured.
    pub store: String,
    /// What of the floor.
    pub floor: String,
    /// Which share of the floor's rate the store is to reach; none where it stands for information.
    pub target: Option<f64>,
    pub store_runs: Vec<Run>,
    pub floor_runs: Vec<Run>,
}

/// One line of the table that the project's origin measured.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OriginRow {
    pub records: u32,
    pub way: OriginWay,
    /// Records of a message, where they come in several.
    pub batch: Option<u32>,
    /// What the origin took on its author's laptop, and on two cores like ours.
    pub origin_laptop_seconds: Option<f64>,
    pub origin_seconds: Option<f64>,
    pub seconds: Vec<f64>,
    pub bytes: u64,
    /// The most memory that a process of the store held in the first turn, in bytes.
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
    /// Over gRPC, in one answer, for which the catalogue reads its database and not its memory.
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
    /// Which share of the floor the store reaches, run by run.
    pub(crate) fn ratio(&self) -> Option<Interval> {
        let pairs = self.store_runs.iter().zip(&self.floor_runs);
        Interval::of(pairs.map(|(store, floor)| store.moved_per_second / floor.moved_per_second))
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of a run are far below 2^52")]
pub(crate) fn to_f64(count: u64) -> f64 {
    count as f64
}
