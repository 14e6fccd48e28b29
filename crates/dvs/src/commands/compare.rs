//! `dvs compare`: starts a catalogue as a process of its own, and measures how it is called.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use bench::{Carrier, Cell, Extent, Machine, Results, Settings, Store, Versions, Work};
use indicatif::{ProgressBar, ProgressStyle};
use rpc::identity::Signer;
use store::OsRandomness;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::commands::say;
use crate::config::CompareOptions;
use crate::identity::random_key;
use crate::values::Key;

/// How long the catalogue may take to open, its search index included.
const START_LIMIT: Duration = Duration::from_mins(2);

/// How often, and how long.
struct Depth {
    extent: Extent,
    records: u32,
    runs: usize,
    time: Duration,
}

impl Depth {
    fn of(options: &CompareOptions) -> Self {
        let (extent, records, runs, seconds) = match (options.quick, options.exhaustive) {
            (true, _) => (Extent::Quick, 20_000, 3, 1),
            (_, true) => (Extent::Exhaustive, 100_000, 5, 3),
            _ => (Extent::Full, 100_000, 5, 3),
        };
        Self {
            extent,
            records: options.records.unwrap_or(records),
            runs,
            time: Duration::from_secs(seconds),
        }
    }
}

pub(crate) async fn run(options: CompareOptions) -> Result<()> {
    let depth = Depth::of(&options);
    let output = &options.output;
    fs::create_dir_all(output).with_context(|| format!("cannot make {}", output.display()))?;
    let mut cells = bench::plan(depth.extent);
    cells.retain(|cell| options.only.is_empty() || options.only.contains(&cell.work));

    let data_dir = output.join(format!("titles-{}", depth.records));
    let service = Service::start(&data_dir).await?;
    say(format_args!("Filling a catalogue with {} titles", depth.records))?;
    let filling = service.store.catalogue(&Cell::new(Work::Import, Carrier::Grpc), None)?;
    bench::fill(&filling, depth.records).await?;

    let bar = ProgressBar::new(0).with_style(ProgressStyle::with_template(
        "{bar:24} {pos}/{len} runs, {eta} left: {msg}",
    )?);
    let progress = |done: usize, total: usize, cell: &Cell| {
        bar.set_length(u64::try_from(total).unwrap_or_default());
        bar.set_position(u64::try_from(done).unwrap_or_default());
        bar.set_message(cell.to_string());
    };
    let measured = bench::measure(&service.store, &cells, depth.runs, depth.time, progress).await;
    bar.finish_and_clear();
    service.stop().await?;
    let results = Results {
        machine: machine()?,
        versions: Versions {
            dvs: env!("CARGO_PKG_VERSION").to_owned(),
            release_build: !cfg!(debug_assertions),
        },
        settings: Settings {
            records: depth.records,
            runs: depth.runs,
            seconds_per_run: depth.time.as_secs_f64(),
        },
        cells: measured?,
    };
    let (json, summary) = (output.join("results.json"), output.join("summary.md"));
    fs::write(&json, serde_json::to_vec_pretty(&results)?)?;
    fs::write(&summary, results.summary())?;
    say(format_args!(
        "Read {}; every run is in {}",
        summary.display(),
        json.display()
    ))
}

/// A catalogue in a process of its own; it is ended when this is dropped.
struct Service {
    process: Child,
    store: Store,
}

impl Service {
    async fn start(data_dir: &Path) -> Result<Self> {
        let (identity, token) = (random_key(&OsRandomness), random_key(&OsRandomness).to_string());
        let public = Key(Signer::from_secret(&identity.0).verifier().public_key());
        let mut process = Command::new(std::env::current_exe()?)
            .args([
                "--log",
                "warn",
                "serve",
                "--role",
                "catalogue",
                "--no-demo",
                "--listen",
                "127.0.0.1:0",
            ])
            .arg("--data-dir")
            .arg(data_dir)
            .env("DVS_IDENTITY_PUBLIC_KEY", public.to_string())
            .env("DVS_SERVICE_TOKEN", &token)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("the catalogue could not be started")?;
        let said = process.stdout.take().context("a pipe was asked for")?;
        let address = tokio::time::timeout(START_LIMIT, address(said));
        let address = address.await.context("the catalogue did not open in time")??;
        let store = Store {
            catalogue: address,
            catalogue_process: process.id(),
            service_token: Some(Arc::from(token)),
        };
        Ok(Self { process, store })
    }

    async fn stop(mut self) -> Result<()> {
        if let Some(id) = self
            .process
            .id()
            .and_then(|id| rustix::process::Pid::from_raw(id.cast_signed()))
        {
            rustix::process::kill_process(id, rustix::process::Signal::TERM)?;
        }
        let ended = self.process.wait().await?;
        ensure!(ended.success(), "the catalogue did not end well: {ended}");
        Ok(())
    }
}

/// Where the service says that it listens.
async fn address(said: impl tokio::io::AsyncRead + Unpin) -> Result<String> {
    let mut lines = BufReader::new(said).lines();
    while let Some(line) = lines.next_line().await? {
        if let Some(address) = line.split_whitespace().find(|word| word.starts_with("http://")) {
            return Ok(address.to_owned());
        }
    }
    bail!("the catalogue ended before it opened")
}

fn machine() -> Result<Machine> {
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
