//! The extent of a comparison: what is measured, how often, and on which catalogues.

use std::fs;
use std::time::{Duration, UNIX_EPOCH};

use anyhow::{Result, ensure};
use bench::{Cell, Depth, Extent, Machine, ORIGIN_WAYS, PAIRS_APART, PAIRS_TOGETHER, Settings, Versions, Work};

use crate::config::{CompareOptions, Subject};

/// The number of titles of the large catalogue.
const LARGE: u32 = 500_000;
/// The number of titles of the store if only floors are measured.
const FLOORS: u32 = 30_000;
/// The number of loads of an open loop.
const LOADS: usize = 4;

/// What is measured, and how thoroughly.
pub(super) struct Scope {
    extent: Extent,
    pub(super) records: u32,
    pub(super) records_large: u32,
    pub(super) cells: Vec<Cell>,
    pub(super) floors: bool,
    pub(super) loads: bool,
    pub(super) depth: Depth,
    pub(super) floor_depth: Depth,
    /// The number of titles of the store in one process.
    pub(super) titles_together: u32,
    pub(super) origin: bool,
}

impl Scope {
    pub(super) fn of(options: &CompareOptions) -> Result<Self> {
        let extent = match (options.quick, options.exhaustive) {
            (true, _) => Extent::Quick,
            (_, true) => Extent::Exhaustive,
            _ => Extent::Full,
        };
        let is_quick = extent == Extent::Quick;
        let runs = options.runs.map_or(if is_quick { 3 } else { 5 }, usize::from);
        let seconds = options.seconds.unwrap_or(if is_quick { 0.25 } else { 1.0 });
        let depth = |time: f64| Depth {
            runs,
            time: Duration::from_secs_f64(time),
        };
        let mut cells = bench::plan(extent);
        cells.retain(|cell| options.wants(cell));
        let floors = options.wants_subject(Subject::Floors);
        let origin = options.wants_subject(Subject::Origin);
        ensure!(
            !cells.is_empty() || floors || origin,
            "nothing is left to measure of what was chosen"
        );
        let records = match (options.records, is_quick, cells.is_empty()) {
            (Some(records), ..) => records,
            (None, _, true) if !origin => FLOORS,
            (None, true, _) => 20_000,
            (None, false, _) => 100_000,
        };
        let has_large = origin && !is_quick || cells.iter().any(|cell| cell.work == Work::ExportLarge);
        Ok(Self {
            extent,
            records,
            records_large: if has_large { LARGE.max(records) } else { 0 },
            loads: !is_quick && bench::under_load().iter().any(|cell| cells.contains(cell)),
            cells,
            floors,
            depth: depth(seconds),
            // Floors are compared with a target, so they are measured longer.
            floor_depth: depth(seconds * 1.5).in_short_turns(),
            titles_together: options.records.unwrap_or(FLOORS),
            origin,
        })
    }

    pub(super) fn wants_main(&self) -> bool {
        self.floors || self.origin || self.cells.iter().any(|cell| cell.work != Work::ExportLarge)
    }

    pub(super) fn wants_large(&self) -> bool {
        self.records_large > 0
    }

    /// The number of runs.
    pub(super) fn steps(&self) -> usize {
        let loaded = bench::under_load()
            .iter()
            .filter(|cell| self.cells.contains(cell))
            .count();
        let open = if self.loads {
            loaded * LOADS * self.depth.runs
        } else {
            0
        };
        let pairs = if self.floors { PAIRS_APART + PAIRS_TOGETHER } else { 0 };
        let local = if self.floors {
            bench::in_process(&self.cells).len()
        } else {
            0
        };
        let catalogues = usize::from(self.origin) * (1 + usize::from(self.wants_large()));
        (self.cells.len() + local + catalogues * ORIGIN_WAYS) * self.depth.runs
            + open
            + 2 * pairs * self.floor_depth.runs
    }

    pub(super) fn settings(&self, options: &CompareOptions) -> Settings {
        Settings {
            extent: format!("{:?}", self.extent).to_lowercase(),
            records: self.records,
            records_large: self.records_large,
            runs: self.depth.runs,
            seconds_per_run: self.depth.time.as_secs_f64(),
            chosen: options.chosen(),
            against: options.against.clone(),
            drawn: (self.extent == Extent::Full).then(bench::fraction),
        }
    }
}

pub(super) fn versions() -> Result<Versions> {
    let binary = fs::metadata(std::env::current_exe()?)?;
    let built = binary.modified()?.duration_since(UNIX_EPOCH)?;
    Ok(Versions {
        dvs: env!("CARGO_PKG_VERSION").to_owned(),
        release_build: !cfg!(debug_assertions),
        build: format!("{} bytes, {}", binary.len(), built.as_secs()),
    })
}

pub(super) fn machine() -> Result<Machine> {
    let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let processor = processors
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let memory = memory
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:")?.trim().strip_suffix(" kB"));
    let system = rustix::system::uname();
    Ok(Machine {
        processor: processor.map_or("unknown", |(_, name)| name).to_owned(),
        cores: std::thread::available_parallelism()?.get(),
        memory_bytes: memory
            .and_then(|kilobytes| kilobytes.parse::<u64>().ok())
            .unwrap_or_default()
            * 1_024,
        system: format!(
            "{} {}",
            system.sysname().to_string_lossy(),
            system.release().to_string_lossy()
        ),
    })
}
