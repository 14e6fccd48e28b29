//! Doing the cells: equal answers first, then so many runs of each, in turns.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use api::catalogue::Catalogue;
use rpc::{Address, Addresses, Client, ClientOptions, Tap};

use crate::cell::{Carrier, Cell, Work};
use crate::load::closed_loop;
use crate::report::{CellResult, Run};
use crate::usage::{cpu_time, peak_memory};
use crate::work::{Known, Worker};

/// Answers that are compared before anything is measured.
const COMPARED: u64 = 8;
/// Callers may be so near to all of the cores before their own work is in the way.
const SATURATED: f64 = 0.9;

/// The services that are measured: a process each, elsewhere or on this machine.
#[derive(Debug, Clone)]
pub struct Store {
    pub catalogue: String,
    /// On this machine its use can be seen.
    pub catalogue_process: Option<u32>,
    /// Opens what is not everybody's.
    pub service_token: Option<Arc<str>>,
}

impl Store {
    /// A client as a cell wants it.
    pub fn catalogue(&self, cell: &Cell, tap: Option<Tap>) -> Result<Client> {
        let options = ClientOptions {
            service_token: self.service_token.clone(),
            encoding: cell.encoding(),
            tap,
        };
        let addresses = Addresses::from(self.catalogue.parse::<Address>().map_err(|error| anyhow!("{error}"))?);
        let client = match cell.carrier {
            Carrier::Grpc => Client::grpc(addresses, options),
            Carrier::RestHttp2 => Client::rest_http2(addresses, options),
            Carrier::RestHttp1 => Client::rest(addresses, options),
        };
        client.map_err(|fault| anyhow!("{fault:?}"))
    }
}

/// Does every cell so many times, each for so long. `progress` hears of each run before it begins: how many are done, of
/// how many, and the cell.
pub async fn measure(
    store: &Store,
    cells: &[Cell],
    runs: usize,
    time: Duration,
    progress: impl Fn(usize, usize, &Cell),
) -> Result<Vec<CellResult>> {
    let mut lanes = Vec::with_capacity(cells.len());
    let plain = store.catalogue(&Cell::new(Work::Title, Carrier::Grpc), None)?;
    let known = Arc::new(Known::of(&plain).await?);
    let mut expected = HashMap::new();
    for cell in cells {
        let catalogue: Arc<dyn Catalogue> = Arc::new(store.catalogue(cell, None)?);
        let worker = Arc::new(Worker {
            cell: *cell,
            catalogue,
            known: Arc::clone(&known),
        });
        let answers = answers(&worker).await.with_context(|| cell.to_string())?;
        if *expected.entry(cell.work).or_insert_with(|| answers.clone()) != answers {
            bail!("{cell}: its answers differ from those of the other cells of this work");
        }
        let bytes = bytes_of_a_call(store, &worker).await?;
        lanes.push((worker, bytes, Vec::with_capacity(runs)));
    }
    let total = runs * lanes.len();
    for turn in 0..runs {
        let cells = lanes.len();
        for (index, (worker, bytes, done)) in lanes.iter_mut().enumerate() {
            progress(turn * cells + index, total, &worker.cell);
            let workers = vec![Arc::clone(worker); worker.cell.concurrency];
            done.push(run(store, workers, *bytes, time).await?);
        }
    }
    Ok(lanes
        .into_iter()
        .map(|(worker, _, runs)| CellResult::new(&worker.cell, runs))
        .collect())
}

/// What the same few questions are answered in a cell.
async fn answers(worker: &Worker) -> Result<Vec<u64>> {
    let questions = match worker.cell.work {
        Work::Title | Work::Page | Work::Search => COMPARED,
        Work::Export | Work::Import => 1,
    };
    let mut answers = Vec::new();
    for number in 0..questions {
        answers.push(worker.once(number).await?.fingerprint);
    }
    Ok(answers)
}

/// The bytes of one call there and back, with what its connection takes to be made. Counted apart from the runs, so that
/// counting costs them nothing.
async fn bytes_of_a_call(store: &Store, worker: &Worker) -> Result<(u64, u64)> {
    let tap = Tap::counting();
    let worker = Worker {
        cell: worker.cell,
        catalogue: Arc::new(store.catalogue(&worker.cell, Some(tap.clone()))?),
        known: Arc::clone(&worker.known),
    };
    worker.once(0).await?;
    let before = tap.counted();
    worker.once(0).await?;
    let after = tap.counted();
    Ok((after.0 - before.0, after.1 - before.1))
}

async fn run(store: &Store, workers: Vec<Arc<Worker>>, bytes: (u64, u64), time: Duration) -> Result<Run> {
    let own = std::process::id();
    let server_cpu = || store.catalogue_process.map(cpu_time).transpose();
    let (client_before, server_before) = (cpu_time(own)?, server_cpu()?);
    let seen = closed_loop(workers, time).await?;
    let (client_after, server_after) = (cpu_time(own)?, server_cpu()?);
    let client_cpu = client_after.saturating_sub(client_before);
    let per_call = |cpu: Duration| cpu.as_secs_f64() * 1e6 / to_f64(seen.calls);
    let cores = std::thread::available_parallelism()?.get();
    let own_share = client_cpu.as_secs_f64() / seen.elapsed.as_secs_f64() / to_f64(u64::try_from(cores)?);
    Ok(Run {
        per_second: to_f64(seen.calls) / seen.elapsed.as_secs_f64(),
        titles_per_second: to_f64(seen.titles) / seen.elapsed.as_secs_f64(),
        p50_us: seen.latencies.value_at_quantile(0.5),
        p99_us: seen.latencies.value_at_quantile(0.99),
        bytes_out: bytes.0,
        bytes_in: bytes.1,
        cpu_us_client: per_call(client_cpu),
        cpu_us_server: server_after
            .zip(server_before)
            .map(|(after, before)| per_call(after.saturating_sub(before))),
        peak_rss: store.catalogue_process.map(peak_memory).transpose()?,
        client_saturated: own_share > SATURATED,
    })
}

#[expect(clippy::cast_precision_loss, reason = "counts of a run are far below 2^52")]
fn to_f64(count: u64) -> f64 {
    count as f64
}
