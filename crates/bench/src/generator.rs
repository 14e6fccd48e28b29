//! The load generator: it executes the driver's commands in a process of its own, so that the services do not share a
//! runtime with their callers, and so that the callers' CPU time can be measured.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use api::catalogue::Catalogue;
use api::rent::Rent;
use rpc::Tap;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::Instant;

use crate::cell::{Carrier, Cell, Kind, Work};
use crate::commands::{Checked, Command, OpenLoad, Report, Store};
use crate::connection_pool::{ConnectionPool, clients};
use crate::floor::{Echo, EchoStream, Pages, body, read_to_end};
use crate::load::{Arrivals, Calls, Saturation, Seen, closed_loop, open_loop};
use crate::players::{Player, Players, sign_up};
use crate::records::RecordStream;
use crate::results::Run;
use crate::usage::{cpu_time, forget_peaks, peak_memory};
use crate::work::{Known, Worker};

/// How many answers are compared before the measurement.
const COMPARED: u64 = 8;
/// A run of short calls is preceded by calls that do not count, so that connections are open and caches are warm. They
/// take this fraction of its time.
const WARM_UP_SHARE: u32 = 8;

/// Executes commands until there are no more. The `local` catalogue is the one that is called without a network.
pub async fn generate(
    orders: impl AsyncBufRead + Unpin,
    mut reports: impl AsyncWrite + Unpin,
    local: Option<Arc<dyn Catalogue>>,
) -> Result<()> {
    let mut orders = orders.lines();
    let mut generator = Generator {
        local,
        ..Generator::default()
    };
    while let Some(line) = orders.next_line().await? {
        let report = match generator.obey(serde_json::from_str(&line)?).await {
            Ok(report) => report,
            Err(error) => Report::Failed(format!("{error:#}")),
        };
        let mut line = serde_json::to_vec(&report)?;
        line.push(b'\n');
        reports.write_all(&line).await?;
        reports.flush().await?;
    }
    Ok(())
}

#[derive(Default)]
struct Generator {
    store: Store,
    local: Option<Arc<dyn Catalogue>>,
    known: Option<Arc<Known>>,
    players: Vec<Player>,
    /// The workers of earlier cells, each with the bytes of a call.
    workers: HashMap<Cell, (Arc<Worker>, Checked)>,
    /// Numbers the questions, so that a later run asks different ones.
    asked: u64,
}

impl Generator {
    async fn obey(&mut self, order: Command) -> Result<Report> {
        match order {
            Command::Turn(store) => {
                *self = Self {
                    store,
                    local: self.local.take(),
                    ..Self::default()
                };
                Ok(Report::Done)
            }
            Command::SignUp(count) => {
                let cell = Cell::new(Work::Title, Carrier::Grpc);
                let catalogue = self.catalogue(&cell, None)?.take().await?;
                let rent = self.rent(&cell, None)?.take().await?;
                self.players = sign_up(&*catalogue, &*rent, count).await?;
                Ok(Report::Done)
            }
            Command::Check(cell) => Ok(Report::Checked(self.worker(cell).await?.1)),
            Command::Load { cell, millis, open } => self.load(cell, Duration::from_millis(millis), open).await,
            Command::Pages {
                address,
                requests,
                session,
                connections,
                millis,
                processes,
            } => {
                let pages = Pages::connect(&address, &requests, session.as_deref(), connections).await?;
                self.closed(pages, connections, millis, &processes).await
            }
            Command::Echo {
                address,
                ask_bytes,
                concurrency,
                millis,
                processes,
            } => {
                let echo = Echo::connect(&address, ask_bytes).await?;
                self.closed(echo, concurrency, millis, &processes).await
            }
            Command::EchoStream {
                address,
                messages,
                millis,
                processes,
            } => {
                let echo = Echo::connect(&address, 0).await?;
                self.closed(EchoStream { echo, messages }, 1, millis, &processes).await
            }
            Command::Records { records, batch, millis } => {
                let cell = Cell {
                    connections: 1,
                    ..Cell::new(Work::Export, Carrier::Grpc)
                };
                let catalogue = self.catalogue(&cell, None)?;
                let stream = RecordStream {
                    catalogue,
                    records,
                    batch,
                };
                let processes = self.store.processes.clone();
                self.closed(stream, 1, millis, &processes).await
            }
            Command::Read {
                address,
                path,
                mark,
                processes,
            } => read(&address, &path, &mark, &processes).await,
        }
    }

    /// Loads a target that is not a cell.
    async fn closed(&mut self, calls: impl Calls, callers: usize, millis: u64, processes: &[u32]) -> Result<Report> {
        let (calls, time) = (Arc::new(calls), Duration::from_millis(millis));
        let warm_up = closed_loop(&calls, callers, self.asked, time / WARM_UP_SHARE).await?;
        self.asked += warm_up.calls;
        let run = watched(processes, closed_loop(&calls, callers, self.asked, time)).await?;
        self.asked += run.calls;
        Ok(Report::Ran(Box::new(run)))
    }

    async fn load(&mut self, cell: Cell, time: Duration, open: Option<OpenLoad>) -> Result<Report> {
        let (worker, checked) = self.worker(cell).await?;
        if cell.work.kind() == Kind::Unary {
            let warm_up = closed_loop(&worker, cell.concurrency, self.asked, time / WARM_UP_SHARE).await?;
            self.asked += warm_up.calls;
        }
        let (first, processes) = (self.asked, &self.store.processes);
        let mut run = match open {
            None => watched(processes, closed_loop(&worker, cell.concurrency, first, time)).await?,
            Some(OpenLoad { per_second, seed }) => {
                let arrivals = Arrivals { per_second, seed };
                watched(processes, open_loop(&worker, arrivals, first, time)).await?
            }
        };
        self.asked += run.calls + run.dropped;
        (run.bytes_out, run.bytes_in) = (checked.bytes_out, checked.bytes_in);
        Ok(Report::Ran(Box::new(run)))
    }

    /// The worker of a cell, and its checked answers.
    async fn worker(&mut self, cell: Cell) -> Result<(Arc<Worker>, Checked)> {
        if let Some((worker, checked)) = self.workers.get(&cell) {
            return Ok((Arc::clone(worker), checked.clone()));
        }
        let worker = Arc::new(self.new_worker(cell, None).await?);
        let checked = self.check(cell).await?;
        self.workers.insert(cell, (Arc::clone(&worker), checked.clone()));
        Ok((worker, checked))
    }

    /// The answers in a cell, and the bytes of one call there and back on an open connection. They are counted apart
    /// from the runs, so that counting costs the runs nothing.
    async fn check(&mut self, cell: Cell) -> Result<Checked> {
        let tap = Tap::counting();
        let one = Cell {
            connections: 1,
            concurrency: 1,
            ..cell
        };
        let worker = self.new_worker(one, Some(&tap)).await?;
        let questions = if cell.work.kind() == Kind::Unary { COMPARED } else { 1 };
        let mut answers = Vec::new();
        for number in 0..questions {
            let answer = worker.answer(number, true).await?;
            answers.push(answer.fingerprint.context("a fingerprint was asked for")?);
        }
        let mut before = (0, 0);
        // For all titles there and back, the cost of opening a connection is negligible.
        if !cell.work.has_batches() {
            before = tap.counted();
            worker.answer(0, false).await?;
        }
        let after = tap.counted();
        Ok(Checked {
            answers,
            bytes_out: after.0 - before.0,
            bytes_in: after.1 - before.1,
        })
    }

    async fn new_worker(&mut self, cell: Cell, tap: Option<&Tap>) -> Result<Worker> {
        let catalogue = self.catalogue(&cell, tap)?;
        let known = match &self.known {
            Some(known) => Arc::clone(known),
            None => Arc::new(Known::of(&*catalogue.take().await?).await?),
        };
        self.known = Some(Arc::clone(&known));
        let players = if cell.work == Work::Playback {
            ensure!(
                cell.concurrency <= self.players.len(),
                "{} players for {cell}",
                self.players.len()
            );
            Some(Players::new(self.rent(&cell, tap)?, &self.players))
        } else {
            None
        };
        Worker::new(cell, catalogue, players, (known, self.store.titles)).await
    }

    fn catalogue(&self, cell: &Cell, tap: Option<&Tap>) -> Result<ConnectionPool<dyn Catalogue>> {
        if cell.carrier == Carrier::InProcess {
            let local = self.local.clone().context("there is no catalogue in this process")?;
            return Ok(ConnectionPool::new(vec![local], false));
        }
        let token = self.token();
        let clients = clients(cell, &self.store.catalogue, token.as_ref(), tap)?;
        let clients = clients.into_iter().map(|client| Arc::new(client) as Arc<dyn Catalogue>);
        Ok(ConnectionPool::new(clients.collect(), cell.carrier == Carrier::RestH1))
    }

    fn rent(&self, cell: &Cell, tap: Option<&Tap>) -> Result<ConnectionPool<dyn Rent>> {
        let rent = self.store.rent.as_ref().context("the address of rent is missing")?;
        let clients = clients(cell, rent, self.token().as_ref(), tap)?;
        let clients = clients.into_iter().map(|client| Arc::new(client) as Arc<dyn Rent>);
        // Each WebSocket has a connection of its own.
        Ok(ConnectionPool::new(clients.collect(), false))
    }

    fn token(&self) -> Option<Arc<str>> {
        self.store.service_token.as_deref().map(Arc::from)
    }
}

/// Measures a load: its effect on the caller and on the processes of the service.
async fn watched(processes: &[u32], load: impl Future<Output = Result<Seen>>) -> Result<Run> {
    forget_peaks(processes);
    let before = cpu_time(processes)?;
    let watch = Saturation::watch()?;
    let seen = load.await;
    let saturation = watch.end()?;
    let after = cpu_time(processes)?;
    let server = after.saturating_sub(before);
    let peak = peak_memory(processes)?;
    Ok(Run::of(
        &seen?,
        saturation,
        (!processes.is_empty()).then_some(server),
        peak,
    ))
}

/// Reads a long answer once. Its records are counted only after the time was taken.
async fn read(address: &str, path: &str, mark: &str, processes: &[u32]) -> Result<Report> {
    let mut answer = Vec::new();
    let load = async {
        let start = Instant::now();
        answer = read_to_end(address, path).await?;
        Seen::once(start.elapsed())
    };
    let mut run = watched(processes, load).await?;
    let body = body(&answer).with_context(|| format!("{path} answered what is no HTTP"))?;
    let marks = body.windows(mark.len()).filter(|window| *window == mark.as_bytes());
    run.moved = u64::try_from(marks.count())?;
    run.bytes_in = u64::try_from(answer.len())?;
    if run.moved == 0 {
        bail!("{path} answered no records");
    }
    Ok(Report::Ran(Box::new(run)))
}
