//! `dvs compare` measures, and reports what it measured.

mod compare_support;

use std::fs;

use anyhow::{Context, Result, ensure};
use compare_support::{Fake, Generator, compare};
use e2e::dvs;
use serde_json::{Value, json};

const RUN: [&str; 8] = [
    "per_second",
    "p50_us",
    "p99_us",
    "bytes_out",
    "bytes_in",
    "cpu_us_client",
    "cpu_us_server",
    "peak_rss",
];

#[tokio::test]
async fn every_work_is_measured_on_both_sides_and_answered_the_same() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let works = ["title", "page", "search", "export", "import", "playback"];
    let only = works.join(",");
    let told = compare(
        folder.path(),
        &[
            "--quick",
            "--records",
            "2000",
            "--runs",
            "1",
            "--seconds",
            "0.05",
            "--only",
            &only,
        ],
    )
    .await?;
    ensure!(told.code == 0, "{told:?}");
    ensure!(
        !told.stderr.contains("security"),
        "of made-up customers: {}",
        told.stderr
    );

    let results: Value = serde_json::from_slice(&fs::read(folder.path().join("results.json"))?)?;
    for part in ["machine", "versions", "settings", "cells", "origin_table"] {
        ensure!(!results[part].is_null(), "{part} is missing");
    }
    let cells = results["cells"].as_array().context("cells")?;
    for work in works {
        let mut carriers: Vec<_> = cells
            .iter()
            .filter(|cell| cell["work"] == work && cell["equal"] == true && cell["loop"] == "closed")
            .filter_map(|cell| cell["carrier"].as_str())
            .collect();
        carriers.sort_unstable();
        let expected: &[&str] = if work == "playback" {
            &["grpc", "rest_h1"]
        } else {
            &["grpc", "rest_h1", "rest_h2"]
        };
        ensure!(carriers == expected, "{work}: {carriers:?}");
    }
    let kinds = ["unary", "server_stream", "client_stream", "bidi"];
    ensure!(
        kinds.iter().all(|kind| cells.iter().any(|cell| cell["kind"] == *kind)),
        "{kinds:?}"
    );
    for run in cells.iter().filter_map(|cell| cell["runs"].as_array()).flatten() {
        ensure!(RUN.iter().all(|figure| run[figure].as_f64().is_some()), "{run}");
        ensure!(
            ["per_second", "bytes_out", "bytes_in"]
                .iter()
                .all(|figure| run[figure].as_f64() > Some(0.0)),
            "{run}"
        );
    }

    let report = fs::read_to_string(folder.path().join("report.html"))?;
    ensure!(
        report.contains("<svg") && report.contains("Use this when"),
        "the report is not whole"
    );
    let calls_home = ["<script", "http://", "https://", "src="];
    ensure!(
        calls_home.iter().all(|word| !report.contains(word)),
        "the report needs something else"
    );
    ensure!(
        fs::read_to_string(folder.path().join("summary.md"))?.contains("## All cells"),
        "no summary"
    );
    Ok(())
}

#[tokio::test]
async fn the_store_is_measured_beside_its_floors() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let told = compare(
        folder.path(),
        &[
            "--quick",
            "--records",
            "2000",
            "--runs",
            "1",
            "--seconds",
            "0.05",
            "--only",
            "floors",
        ],
    )
    .await?;
    ensure!(told.code == 0, "{told:?}");
    let results: Value = serde_json::from_slice(&fs::read(folder.path().join("results.json"))?)?;
    let floors = results["floors"].as_array().context("floors")?;
    let names: Vec<_> = floors.iter().filter_map(|floor| floor["name"].as_str()).collect();
    for name in [
        "title_grpc",
        "title_page_guest",
        "title_page_signed_in",
        "search_page",
        "title_page_signed_in_apart",
    ] {
        ensure!(names.contains(&name), "{name} is not among {names:?}");
    }
    for side in floors
        .iter()
        .flat_map(|floor| [&floor["store_runs"][0], &floor["floor_runs"][0]])
    {
        ensure!(side["per_second"].as_f64() > Some(0.0), "{side}");
    }
    Ok(())
}

#[tokio::test]
async fn answers_that_differ_end_it_with_the_cell_named_and_nothing_written() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let store = Fake::wavering().await?;
    let told = compare(
        folder.path(),
        &[
            "--against",
            store.address(),
            "--only",
            "title",
            "--transport",
            "rest_h1",
            "--runs",
            "1",
        ],
    )
    .await?;
    ensure!(told.code == 1, "{told:?}");
    ensure!(
        told.stderr.contains("title, REST over HTTP/1.1") && told.stderr.contains("differ"),
        "{told:?}"
    );
    ensure!(
        !folder.path().join("results.json").exists(),
        "results were written all the same"
    );
    Ok(())
}

#[tokio::test]
async fn a_caller_that_is_held_to_a_tenth_of_a_core_is_marked_as_saturated() -> Result<()> {
    let store = Fake::steady().await?;
    let order = json!({"pages": {
        "address": store.address(), "requests": {"paths": ["/"]}, "session": null, "connections": 2, "millis": 1_000,
        "processes": [],
    }});
    let mut free = Generator::start()?;
    let unheld = free.ask(&order).await?;
    let mut held = Generator::start()?;
    let told = held.ask_held_to_a_tenth(&order).await?;
    ensure!(told["ran"]["client_saturated"] == true, "{told}");
    ensure!(
        told["ran"]["client_lost"].as_f64() > unheld["ran"]["client_lost"].as_f64(),
        "{told}, free: {unheld}"
    );
    Ok(())
}

#[tokio::test]
async fn an_unknown_work_is_refused_with_the_names_of_the_known_ones() -> Result<()> {
    let told = dvs(["compare", "--only", "cooking"]).await?;
    ensure!(told.code == 2, "{told:?}");
    ensure!(
        told.stderr
            .contains("title, page, search, export, export_large, import, playback, floors, origin"),
        "{told:?}"
    );
    Ok(())
}
