//! Compares the store with its floors in one run: the two of each pair are measured in turns under the same load.

mod sample;

use std::sync::Arc;

use anyhow::{Context, Result};
use api::rent::Rent;

pub use self::sample::Sample;
use crate::cell::{Carrier, Cell, Work};
use crate::commands::{Command, Store};
use crate::connection_pool::clients;
use crate::driver::Driver;
use crate::floor::{FloorAddresses, Requests};
use crate::measure::Depth;
use crate::players::customer;
use crate::progress::Progress;
use crate::results::{CellResult, FloorResult, Loop, Run};
use crate::run_journal::RunJournal;

/// Calls under way on the one connection of a gRPC floor.
const CALLS: usize = 64;
/// Connections of an HTTP floor, each with one request under way.
const CONNECTIONS: usize = 32;

/// Records of a stream.
const RECORDS: u32 = 100_000;

/// The number of pairs if the store's roles run in separate processes.
pub const PAIRS_APART: usize = 6;
/// The number of pairs if they run in one process.
pub const PAIRS_TOGETHER: usize = 3;

/// Creates a customer, and returns the token of its session.
pub async fn session(rent: &str, service_token: Option<&str>, name: &str) -> Result<String> {
    let token = service_token.map(Arc::from);
    let client = clients(&Cell::new(Work::Title, Carrier::Grpc), rent, token.as_ref(), None)?;
    let rent: &dyn Rent = client.first().context("a cell has a connection")?;
    customer(rent, name).await
}

/// A store whose roles run in separate processes, and its floors.
#[derive(Debug, Clone)]
pub struct Apart {
    pub store: Store,
    /// The gateway's address, and the processes that take part in its answers.
    pub gateway: (String, Vec<u32>),
    pub session: String,
    pub sample: Sample,
    /// Sends the title's bytes over gRPC, and over HTTP those of the catalogue's REST endpoint.
    pub title: (FloorAddresses, u32),
    pub page: (FloorAddresses, u32),
    pub search: (FloorAddresses, u32),
    /// Sends a record over gRPC; none if the store has no records.
    pub record: Option<(FloorAddresses, u32)>,
    /// Calls two other floors, and then sends the title's page.
    pub gateway_floor: (FloorAddresses, Vec<u32>),
}

/// The paths of the catalogue's REST endpoints that are compared with a bare server.
pub const TWIN_PAGE: &str = "/v1/titles?sort=TITLE_SORT_POPULAR&page_size=24";
pub const TWIN_SEARCH: &str = "/v1/titles?query=moon%20river&page_size=24";

pub async fn floors_apart(
    driver: &mut Driver,
    journal: &mut RunJournal,
    progress: &mut Progress,
    apart: &Apart,
    depth: Depth,
) -> Result<Vec<FloorResult>> {
    let millis = depth.millis();
    let mut pairs = Vec::from(with_targets(apart, millis));
    pairs.extend(records(apart, millis));
    pairs.extend(twins(apart, millis));
    measure(driver, journal, progress, pairs, depth).await
}

/// The pairs in which the store must reach a share of its floor's rate.
fn with_targets(apart: &Apart, millis: u64) -> [Pair; 2] {
    let ((gateway, services), title) = (&apart.gateway, &apart.title);
    [
        Pair {
            name: "title_grpc",
            target: Some(0.8),
            store: (
                "GetTitle over gRPC, 64 calls at once over one connection",
                Command::Load {
                    cell: Cell {
                        connections: 1,
                        concurrency: CALLS,
                        ..Cell::new(Work::Title, Carrier::Grpc)
                    },
                    millis,
                    open: None,
                },
            ),
            floor: (
                "an empty tonic echo with the same bytes, as many at once",
                Command::Echo {
                    address: title.0.grpc.clone(),
                    ask_bytes: apart.sample.title_ask_bytes,
                    concurrency: CALLS,
                    millis,
                    processes: vec![title.1],
                },
            ),
        },
        Pair {
            name: "title_page_signed_in_apart",
            target: Some(0.7),
            store: (
                "a title's page for a signed-in customer, the roles apart over gRPC, 32 connections",
                pages(
                    gateway,
                    Requests::Paths(apart.sample.paths("/api/v1/titles/")),
                    Some(&apart.session),
                    services,
                    millis,
                ),
            ),
            floor: (
                "a bare gateway that makes two empty tonic calls and sends the same bytes",
                pages(&apart.gateway_floor.0.http, any(), None, &apart.gateway_floor.1, millis),
            ),
        },
    ]
}

/// A stream with a record in each message, and a stream of the same messages from a floor.
fn records(apart: &Apart, millis: u64) -> Option<Pair> {
    let (floor, process) = apart.record.as_ref()?;
    Some(Pair {
        name: "record_stream",
        target: Some(0.7),
        store: (
            "records as a gRPC stream, one a message, straight from the catalogue",
            Command::Records {
                records: i32::try_from(RECORDS.min(apart.store.titles)).unwrap_or(i32::MAX),
                batch: 1,
                millis,
            },
        ),
        floor: (
            "a bare tonic stream of the same messages",
            Command::EchoStream {
                address: floor.grpc.clone(),
                messages: RECORDS.min(apart.store.titles),
                millis,
                processes: vec![*process],
            },
        ),
    })
}

/// The catalogue's REST endpoints, compared with bare servers.
fn twins(apart: &Apart, millis: u64) -> [Pair; 3] {
    let services = &apart.store.processes;
    let (title, page, search) = (&apart.title, &apart.page, &apart.search);
    let one_path = |path: &str| Requests::Paths(vec![path.to_owned()]);
    [
        Pair {
            name: "title_rest",
            target: None,
            store: (
                "GetTitle over REST and HTTP/1.1, 32 connections",
                pages(
                    &apart.store.catalogue,
                    Requests::Paths(apart.sample.paths("/v1/titles/")),
                    None,
                    services,
                    millis,
                ),
            ),
            floor: (
                "a bare HTTP server that sends the same bytes from memory",
                pages(&title.0.http, any(), None, &[title.1], millis),
            ),
        },
        Pair {
            name: "page_rest",
            target: None,
            store: (
                "a page of 24 titles over REST and HTTP/1.1, 32 connections",
                pages(&apart.store.catalogue, one_path(TWIN_PAGE), None, services, millis),
            ),
            floor: (
                "a bare HTTP server that sends the same bytes from memory",
                pages(&page.0.http, any(), None, &[page.1], millis),
            ),
        },
        Pair {
            name: "search_rest",
            target: None,
            store: (
                "one search again and again over REST and HTTP/1.1, 32 connections",
                pages(&apart.store.catalogue, one_path(TWIN_SEARCH), None, services, millis),
            ),
            floor: (
                "a bare HTTP server that sends the same bytes from memory",
                pages(&search.0.http, any(), None, &[search.1], millis),
            ),
        },
    ]
}

/// A bare server has only one page, so any path will do.
fn any() -> Requests {
    Requests::Paths(vec!["/".to_owned()])
}

/// A load of requests over the connections of an HTTP floor.
fn pages(address: &str, requests: Requests, session: Option<&str>, processes: &[u32], millis: u64) -> Command {
    Command::Pages {
        address: address.to_owned(),
        requests,
        session: session.map(str::to_owned),
        connections: CONNECTIONS,
        millis,
        processes: processes.to_vec(),
    }
}

/// A store in one process, and bare servers with its bytes.
#[derive(Debug, Clone)]
pub struct Together {
    pub gateway: String,
    pub process: u32,
    pub session: String,
    pub sample: Sample,
    pub guest: (FloorAddresses, u32),
    pub signed_in: (FloorAddresses, u32),
    pub search: (FloorAddresses, u32),
}

/// The search whose answer the bare server sends.
pub const TYPED_SEARCH: &str = "/api/v1/titles?q=moon%20ri&sort=relevance";

pub async fn floors_together(
    driver: &mut Driver,
    journal: &mut RunJournal,
    progress: &mut Progress,
    together: &Together,
    depth: Depth,
) -> Result<Vec<FloorResult>> {
    let millis = depth.millis();
    let titles = || Requests::Paths(together.sample.paths("/api/v1/titles/"));
    let (gateway, process) = (&together.gateway, &[together.process]);
    let bare = |floor: &(FloorAddresses, u32)| {
        (
            "a bare axum server that sends the same bytes from memory",
            pages(&floor.0.http, any(), None, &[floor.1], millis),
        )
    };
    let pairs = vec![
        Pair {
            name: "title_page_guest",
            target: Some(0.5),
            store: (
                "a title's page for a guest, the store in one process, 32 connections",
                pages(gateway, titles(), None, process, millis),
            ),
            floor: bare(&together.guest),
        },
        Pair {
            name: "title_page_signed_in",
            target: Some(0.3),
            store: (
                "a title's page for a signed-in customer, the store in one process, 32 connections",
                pages(gateway, titles(), Some(&together.session), process, millis),
            ),
            floor: bare(&together.signed_in),
        },
        Pair {
            name: "search_page",
            target: Some(0.06),
            store: (
                "a search with facets, each another one, the store in one process, 32 connections",
                pages(gateway, Requests::Searches, None, process, millis),
            ),
            floor: bare(&together.search),
        },
    ];
    measure(driver, journal, progress, pairs, depth).await
}

/// The cells that are also measured without a carrier.
pub fn in_process(cells: &[Cell]) -> Vec<Cell> {
    let bases = Work::ALL.map(|work| Cell::new(work, Carrier::Grpc));
    let has_local = |cell: &Cell| !matches!(cell.work, Work::Playback | Work::ExportLarge) && cells.contains(cell);
    bases.into_iter().filter(has_local).collect()
}

/// Calls the catalogue in the generator's own process, for comparison with the results of gRPC in the same cells.
pub async fn floors_in_process(
    driver: &mut Driver,
    journal: &mut RunJournal,
    progress: &mut Progress,
    measured: &[CellResult],
    depth: Depth,
) -> Result<Vec<FloorResult>> {
    let cells: Vec<Cell> = measured.iter().map(|result| result.cell).collect();
    let mut results = Vec::new();
    for cell in in_process(&cells) {
        let is_it = |result: &&CellResult| result.cell == cell && result.r#loop == Loop::Closed;
        let store_runs = measured.iter().find(is_it).map(|result| result.runs.clone());
        let mut floor_runs = Vec::new();
        let local = Cell {
            carrier: Carrier::InProcess,
            ..cell
        };
        for turn in 0..depth.runs {
            let order = Command::Load {
                cell: local,
                millis: depth.millis(),
                open: None,
            };
            let what = local.to_string();
            let measured = async { driver.run(&order).await.with_context(|| what.clone()) };
            let step = format!("{}/closed/{turn}", local.anchor());
            floor_runs.push(progress.step(journal, &what, step, measured).await?);
        }
        results.push(FloorResult {
            name: format!("{}_in_process", cell.work.name()),
            store: cell.to_string(),
            floor: "the same calls in the caller's process, without a carrier".to_owned(),
            target: None,
            store_runs: store_runs.unwrap_or_default(),
            floor_runs,
        });
    }
    Ok(results)
}

/// The store and a floor, each with its command.
struct Pair {
    name: &'static str,
    target: Option<f64>,
    store: (&'static str, Command),
    floor: (&'static str, Command),
}

async fn measure(
    driver: &mut Driver,
    journal: &mut RunJournal,
    progress: &mut Progress,
    pairs: Vec<Pair>,
    depth: Depth,
) -> Result<Vec<FloorResult>> {
    let mut runs: Vec<(Vec<Run>, Vec<Run>)> = vec![(Vec::new(), Vec::new()); pairs.len()];
    for turn in 0..depth.runs {
        for (pair, (store, floor)) in pairs.iter().zip(&mut runs) {
            let mut sides = [("store", &pair.store, store), ("floor", &pair.floor, floor)];
            // The order alternates, so that neither has an advantage.
            sides.rotate_left(turn % 2);
            for (side, (what, order), runs) in sides {
                let step = format!("floor-{}/{side}/{turn}", pair.name);
                let measured = async { driver.run(order).await.with_context(|| (*what).to_owned()) };
                runs.push(progress.step(journal, what, step, measured).await?);
            }
        }
    }
    let result = |(pair, (store_runs, floor_runs)): (Pair, _)| FloorResult {
        name: pair.name.to_owned(),
        store: pair.store.0.to_owned(),
        floor: pair.floor.0.to_owned(),
        target: pair.target,
        store_runs,
        floor_runs,
    };
    Ok(pairs.into_iter().zip(runs).map(result).collect())
}
