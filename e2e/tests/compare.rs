//! `dvs compare` measures, and says what it saw.

use std::fs;

use anyhow::{Context, Result, ensure};
use e2e::dvs;
use serde_json::Value;

const CARRIERS: [&str; 3] = ["REST, HTTP/1.1", "REST, HTTP/2", "gRPC"];

#[tokio::test]
async fn every_carrier_of_a_work_is_measured_and_answers_the_same() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let output = folder.path().to_str().context("a path in UTF-8")?;
    let only = "title,export";
    let arguments = [
        "compare",
        "--quick",
        "--records",
        "2000",
        "--only",
        only,
        "--output",
        output,
    ];
    let told = dvs(arguments).await?;
    ensure!(told.code == 0, "{told:?}");
    ensure!(told.stdout.contains("summary.md"), "{told:?}");

    let results: Value = serde_json::from_slice(&fs::read(folder.path().join("results.json"))?)?;
    let cells = results["cells"].as_array().context("cells")?;
    for work in only.split(',') {
        let mut carriers: Vec<_> = cells
            .iter()
            .filter(|cell| cell["work"] == work && cell["equal"] == true)
            .filter_map(|cell| cell["carrier"].as_str())
            .collect();
        carriers.sort_unstable();
        ensure!(carriers == CARRIERS, "{work}: {carriers:?}");
    }
    for run in cells.iter().filter_map(|cell| cell["runs"].as_array()).flatten() {
        for figure in ["per_second", "p50_us", "p99_us", "bytes_out", "bytes_in", "peak_rss"] {
            ensure!(
                run[figure].as_f64().is_some_and(|figure| figure > 0.0),
                "{figure}: {run}"
            );
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_work_that_there_is_not_is_refused_with_the_names_of_those_there_are() -> Result<()> {
    let told = dvs(["compare", "--only", "cooking"]).await?;
    ensure!(told.code == 2, "{told:?}");
    ensure!(told.stderr.contains("title, page, search, export, import"), "{told:?}");
    Ok(())
}
