//! The figures show what happened: tests with a service that stalls, and with one whose answers differ, over real
//! connections.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Json, Router};
use bench::{Carrier, Cell, CellResult, Depth, Driver, Loop, Progress, RunJournal, Settings, Store, Versions, Work};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::RwLock;

/// A catalogue of one title, as REST/JSON.
#[derive(Default)]
struct Catalogue {
    /// Locked while the service stalls.
    stall: RwLock<()>,
    asked: AtomicUsize,
    /// Whether its answers differ from each other.
    wavers: bool,
}

async fn title(State(catalogue): State<Arc<Catalogue>>, Path(title_id): Path<String>) -> Json<Value> {
    let _open = catalogue.stall.read().await;
    let asked = catalogue.asked.fetch_add(1, Ordering::Relaxed);
    let year = if catalogue.wavers { 1900 + asked } else { 1922 };
    Json(json!({"title_id": title_id, "name": "Nosferatu", "year": year}))
}

async fn titles() -> Json<Value> {
    Json(json!({"titles": [{"title_id": "nosferatu", "name": "Nosferatu"}]}))
}

async fn serve(catalogue: Arc<Catalogue>) -> Store {
    let router = Router::new()
        .route("/v1/titles", get(titles))
        .route("/v1/titles/{title_id}", get(title))
        .with_state(catalogue);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let catalogue = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    Store {
        catalogue,
        ..Store::default()
    }
}

/// A generator over pipes, a folder for its journal, and progress that is not reported.
struct Bench {
    driver: Driver,
    folder: TempDir,
    progress: Progress,
}

impl Bench {
    async fn of(store: &Store) -> Self {
        let (orders, obeyed) = tokio::io::duplex(64 * 1024);
        let (told, reports) = tokio::io::duplex(64 * 1024);
        tokio::spawn(async move { bench::generate(tokio::io::BufReader::new(obeyed), told, None).await });
        let mut driver = Driver::new(orders, reports);
        driver.turn(store).await.unwrap();
        Self {
            driver,
            folder: tempfile::tempdir().unwrap(),
            progress: Progress::new(1, |_, _, _, _| {}),
        }
    }

    fn journal(&self, records: u32) -> (RunJournal, bench::Found) {
        RunJournal::open(self.folder.path(), &settings(records), &versions()).unwrap()
    }

    async fn measure(&mut self, cells: &[Cell], depth: Depth) -> anyhow::Result<Vec<CellResult>> {
        let (mut journal, _) = self.journal(1);
        bench::measure(&mut self.driver, &mut journal, &mut self.progress, cells, depth).await
    }
}

fn settings(records: u32) -> Settings {
    Settings {
        extent: "quick".to_owned(),
        records,
        records_large: 0,
        runs: 1,
        seconds_per_run: 1.0,
        chosen: Vec::new(),
        against: None,
        drawn: None,
    }
}

fn versions() -> Versions {
    Versions {
        dvs: "0.0.0".to_owned(),
        release_build: false,
        build: String::new(),
    }
}

fn one_caller() -> Cell {
    Cell {
        connections: 1,
        concurrency: 1,
        ..Cell::new(Work::Title, Carrier::RestH1)
    }
}

fn depth(millis: u64) -> Depth {
    Depth {
        runs: 1,
        time: Duration::from_millis(millis),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stall_of_50_ms_shows_in_the_open_loops_p99_and_not_only_in_the_closed_loops_longest_call() {
    let catalogue = Arc::new(Catalogue::default());
    let store = serve(Arc::clone(&catalogue)).await;
    let stalls = tokio::spawn(async move {
        // The service answers nothing for 50 of every 500 milliseconds; in a closed loop this affects one call each
        // time.
        loop {
            tokio::time::sleep(Duration::from_millis(450)).await;
            let _held = catalogue.stall.write().await;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    let mut bench = Bench::of(&store).await;
    let cell = one_caller();
    let closed = bench.measure(&[cell], depth(2_000)).await.unwrap();
    let (mut journal, _) = bench.journal(1);
    let under_load = (&[cell][..], &closed[..]);
    let open = bench::measure_under_load(
        &mut bench.driver,
        &mut journal,
        &mut bench.progress,
        under_load,
        depth(2_000),
    );
    let open = open.await.unwrap();
    stalls.abort();

    let closed = &closed[0].runs[0];
    assert!(open.iter().all(|load| load.r#loop == Loop::Open));
    // A tenth of the arrivals fall into a stall, and one in ten of those waits for nearly all of it.
    let p99 = open[0].runs[0].p99_us;
    assert!(p99 > 30_000, "open: {p99} µs");
    assert!(closed.max_us > 30_000, "the stall was there: {closed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cell_whose_answers_differ_fails_the_comparison_by_name() {
    let wavering = Arc::new(Catalogue {
        wavers: true,
        ..Catalogue::default()
    });
    let mut bench = Bench::of(&serve(wavering).await).await;
    let cells = [Carrier::RestH1, Carrier::RestH2].map(|carrier| Cell::new(Work::Title, carrier));
    let error = bench.measure(&cells, depth(50)).await.unwrap_err().to_string();
    assert!(
        error.contains("title, REST over HTTP/2") && error.contains("differ"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn equal_answers_are_measured_over_both_versions_of_http() {
    let mut bench = Bench::of(&serve(Arc::default()).await).await;
    let cells = [Carrier::RestH1, Carrier::RestH2].map(|carrier| Cell::new(Work::Title, carrier));
    let measured = bench.measure(&cells, depth(100)).await.unwrap();
    for result in &measured {
        let run = &result.runs[0];
        assert!(result.equal && run.calls > 0 && run.bytes_in > 0, "{result:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_comparison_is_resumed_with_the_same_settings_only() {
    let mut bench = Bench::of(&serve(Arc::default()).await).await;
    let cell = one_caller();
    let first = bench.measure(&[cell], depth(50)).await.unwrap();

    let (mut journal, found) = bench.journal(1);
    assert_eq!(found, bench::Found::Same(1));
    let (driver, progress) = (&mut bench.driver, &mut bench.progress);
    let again = bench::measure(driver, &mut journal, progress, &[cell], depth(50))
        .await
        .unwrap();
    assert_eq!(again[0].runs, first[0].runs, "nothing is measured twice");

    let (_, found) = bench.journal(2);
    assert_eq!(found, bench::Found::Other);
}
