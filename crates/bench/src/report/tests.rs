//! The report of invented results: its statements must follow from the figures, whatever these are.

use super::factors::worths;
use super::uses::uses;
use super::verdict::{knee, losses, surprises};
use crate::cell::{Carrier, Cell, Format, Work};
use crate::plan::{Extent, plan, under_load};
use crate::results::{CellResult, FloorResult, Machine, OriginRow, OriginWay, Results, Run, Settings, Versions};

const RUNS: usize = 5;

fn run(per_second: f64, turn: usize) -> Run {
    // The runs of a cell differ by up to two percent, in the same way in each cell.
    let per_second = per_second * [0.98, 1.0, 1.02, 0.99, 1.01][turn % RUNS];
    Run {
        per_second,
        p50_us: 200,
        p99_us: 900,
        bytes_out: 100,
        bytes_in: 1_000,
        cpu_us_client: 40.0,
        cpu_us_server: Some(60.0),
        peak_rss: Some(100 << 20),
        calls: 10_000,
        moved: 10_000,
        moved_per_second: per_second,
        p999_us: 2_000,
        max_us: 5_000,
        client_saturated: false,
        client_used: 0.4,
        client_lost: 0.0,
        client_waited: 0.2,
        dropped: 0,
        late: 0,
        seconds: 1.0,
    }
}

fn runs(per_second: f64) -> Vec<Run> {
    (0..RUNS).map(|turn| run(per_second, turn)).collect()
}

/// A full run in which this function gives the rate of each cell.
fn results(rate: impl Fn(&Cell) -> f64) -> Results {
    let mut cells: Vec<_> = plan(Extent::Full)
        .into_iter()
        .map(|cell| CellResult::new(cell, None, runs(rate(&cell))))
        .collect();
    for cell in under_load() {
        for (share, p99_us) in [(0.2, 900), (0.5, 1_000), (0.7, 4_000), (0.9, 20_000)] {
            let mut loaded = runs(rate(&cell) * share);
            for run in &mut loaded {
                run.p99_us = p99_us;
            }
            cells.push(CellResult::new(cell, Some(share), loaded));
        }
    }
    Results {
        machine: Machine {
            processor: "Some processor".to_owned(),
            cores: 2,
            memory_bytes: 8 << 30,
            system: "Linux 6".to_owned(),
        },
        versions: Versions {
            dvs: "0.1.0".to_owned(),
            release_build: true,
            build: String::new(),
        },
        settings: Settings {
            extent: "full".to_owned(),
            records: 100_000,
            records_large: 500_000,
            runs: RUNS,
            seconds_per_run: 1.0,
            chosen: Vec::new(),
            against: None,
            drawn: Some((10, 100)),
        },
        cells,
        floors: vec![FloorResult {
            name: "title_grpc".to_owned(),
            store: "GetTitle".to_owned(),
            floor: "an echo".to_owned(),
            target: Some(0.8),
            store_runs: runs(30_000.0),
            floor_runs: runs(50_000.0),
        }],
        origin_table: vec![OriginRow {
            records: 100_000,
            way: OriginWay::ServerStream,
            batch: Some(1),
            origin_laptop_seconds: Some(4.45),
            origin_seconds: Some(2.55),
            seconds: vec![0.1, 0.11, 0.12],
            bytes: 6_300_000,
            peak_rss: Some(90 << 20),
        }],
    }
}

/// Results in which gRPC has this many times the rate of REST.
fn with_grpc_at(times: f64) -> Results {
    results(|cell| {
        if cell.carrier == Carrier::Grpc {
            10_000.0 * times
        } else {
            10_000.0
        }
    })
}

#[test]
fn where_grpc_is_behind_is_said_first_and_nothing_where_it_is_not() {
    let behind = with_grpc_at(0.5);
    assert_eq!(losses(&behind).len(), 13, "each work over each version of HTTP");
    let report = behind.report();
    let first = report.find("REST over HTTP/1.1 has 2.00 times").unwrap();
    assert!(first < report.find("At a glance").unwrap(), "before anything else");

    assert!(losses(&with_grpc_at(2.0)).is_empty());
    assert!(with_grpc_at(2.0).report().contains("In none of the works"));
    assert!(
        losses(&with_grpc_at(1.0)).is_empty(),
        "what cannot be told apart is no loss"
    );

    let floors_alone = Results {
        cells: Vec::new(),
        ..with_grpc_at(1.0)
    };
    for text in [floors_alone.report(), floors_alone.summary()] {
        assert!(
            !text.contains("Where gRPC is behind"),
            "nothing was measured that it could be behind in"
        );
        assert!(text.contains("an echo"));
    }
}

#[test]
fn what_to_use_follows_the_figures_whichever_carrier_wins() {
    let choice = |results: &Results| uses(results, &worths(results)).swap_remove(0).choice;
    assert_eq!(choice(&with_grpc_at(2.0)), "gRPC");
    assert_eq!(choice(&with_grpc_at(1.0)), "What your callers speak already");
    let http1_wins = results(|cell| {
        if cell.carrier == Carrier::RestH1 {
            20_000.0
        } else {
            10_000.0
        }
    });
    assert_eq!(choice(&http1_wins), "REST over HTTP/1.1");
}

#[test]
fn a_factor_is_worth_what_its_pairs_differ_by() {
    let results = results(|cell| if cell.format == Format::Json { 5_000.0 } else { 10_000.0 });
    for worth in worths(&results) {
        let expected = if worth.factor == "format" { 0.5 } else { 1.0 };
        assert!(
            (worth.ratio.median - expected).abs() < 1e-9,
            "{}: {:?}",
            worth.factor,
            worth.ratio
        );
        assert!(!worth.pairs.is_empty());
    }
}

#[test]
fn what_is_expected_is_no_surprise_and_its_contrary_is_one() {
    let told = |json: f64| {
        let results = results(|cell| if cell.format == Format::Json { json } else { 10_000.0 });
        let said = surprises(&worths(&results));
        said.iter().any(|said| said.text.starts_with("Format of unary calls"))
    };
    assert!(!told(5_000.0));
    assert!(told(20_000.0));
    assert!(told(10_000.0), "no difference is one too");
}

#[test]
fn the_knee_is_the_first_load_whose_p99_is_three_times_that_of_the_lowest() {
    let results = with_grpc_at(1.0);
    let loads: Vec<_> = results
        .cells
        .iter()
        .filter(|cell| cell.share_of_peak.is_some())
        .take(4)
        .collect();
    assert_eq!(knee(&loads), Some(2));
    assert_eq!(knee(&loads[..2]), None);
}

#[test]
fn every_sentence_of_what_to_use_points_at_cells_that_the_report_has() {
    let results = with_grpc_at(1.5);
    let report = results.report();
    for one in uses(&results, &worths(&results)) {
        assert!(!one.because.cells.is_empty(), "{}", one.because.text);
        for cell in &one.because.cells {
            let anchor = cell.anchor();
            assert!(report.contains(&format!("<tr id=\"{anchor}\"")), "{anchor}");
            assert!(report.contains(&format!("href=\"#{anchor}\"")), "{anchor}");
        }
    }
}

#[test]
fn a_chart_has_a_title_a_description_and_a_table_or_its_figures_beside_it() {
    let report = with_grpc_at(1.5).report();
    let charts = report.matches("<svg").count();
    assert!(charts > 10, "{charts}");
    assert_eq!(report.matches("<title id=").count(), charts);
    assert_eq!(report.matches("<desc id=").count(), charts);
    assert!(!report.contains("NaN") && !report.contains("inf"), "a figure is none");
}

#[test]
fn marks_are_said_where_they_belong() {
    let mut results = with_grpc_at(1.0);
    results.cells[0]
        .runs
        .iter_mut()
        .for_each(|run| run.client_saturated = true);
    results.cells[0].noisy = true;
    let summary = results.summary();
    let row = summary.lines().find(|line| line.starts_with("| 1 |")).unwrap();
    assert!(row.contains("noisy, caller saturated"), "{row}");
}

#[test]
fn results_with_one_side_alone_still_make_a_report() {
    let mut results = with_grpc_at(1.0);
    results
        .cells
        .retain(|result| result.cell.work == Work::Title && result.cell.carrier == Carrier::Grpc);
    results.floors.clear();
    results.origin_table.clear();
    assert!(results.report().contains("All cells"));
    assert!(results.summary().contains("title, gRPC"));
}

#[test]
fn the_summary_is_as_it_was() {
    let mut results = with_grpc_at(1.25);
    // All cells would fill pages.
    results
        .cells
        .retain(|result| result.cell.work == Work::Page && result.share_of_peak.is_none());
    insta::assert_snapshot!(results.summary());
}

#[test]
fn results_are_read_back_as_they_were_written() {
    let results = with_grpc_at(1.0);
    let written = serde_json::to_string(&results).unwrap();
    let read: Results = serde_json::from_str(&written).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), written);
}
