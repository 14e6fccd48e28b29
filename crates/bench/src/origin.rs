//! Repeats the measurement of the project's origin: many records of four fields through the gateway, which gets them
//! from the catalogue over REST, over gRPC in one answer, or as a stream of messages.

use anyhow::{Context, Result, ensure};

use crate::commands::Command;
use crate::driver::Driver;
use crate::floor::read_to_end;
use crate::progress::Progress;
use crate::results::{OriginRow, OriginWay, Run};
use crate::run_journal::RunJournal;

/// Each way, with the batch size of those that send several messages. Streams come first, because the memory of a large
/// answer stays with its process for a while.
const WAYS: [(OriginWay, Option<u32>); 6] = [
    (OriginWay::ServerStream, Some(1_024)),
    (OriginWay::ServerStream, Some(32)),
    (OriginWay::ServerStream, Some(1)),
    (OriginWay::Unary, None),
    (OriginWay::Rest, None),
    (OriginWay::Database, None),
];

/// Finds out whether the gateway serves records: one of another version, or without `--lab`, does not.
const PROBE: &str = "/api/v1/lab/records?kind=unary&records=1";

/// The number of ways that are measured.
pub const ORIGIN_WAYS: usize = WAYS.len();

/// The origin's times in seconds: on its author's laptop, and on two cores like those of this project.
fn origin_seconds(records: u32, way: OriginWay) -> (Option<f64>, Option<f64>) {
    match (records, way) {
        (100_000, OriginWay::Rest) => (Some(1.05), Some(1.08)),
        (100_000, OriginWay::Unary) => (Some(0.918), Some(0.93)),
        (100_000, OriginWay::ServerStream) => (Some(4.45), Some(2.55)),
        (500_000, OriginWay::Rest) => (Some(5.26), None),
        (500_000, OriginWay::Unary) => (Some(4.39), None),
        (500_000, OriginWay::ServerStream) => (Some(25.24), None),
        _ => (None, None),
    }
}

/// Reads this many records in every way, this many times in turns.
pub async fn measure_origin(
    driver: &mut Driver,
    journal: &mut RunJournal,
    progress: &mut Progress,
    (gateway, processes): (&str, &[u32]),
    (records, runs): (u32, usize),
) -> Result<Vec<OriginRow>> {
    if read_to_end(gateway, PROBE).await.is_err() {
        progress.now("this gateway gives no records: the origin's table is left out");
        return Ok(Vec::new());
    }
    let mut measured: Vec<Vec<Run>> = vec![Vec::new(); WAYS.len()];
    for turn in 0..runs {
        for ((way, batch), measured) in WAYS.iter().zip(&mut measured) {
            let batches = batch.map_or_else(String::new, |batch| format!(", {batch} a message"));
            let what = format!("{records} records, {}{batches}", way.in_words());
            let order = order(gateway, processes, records, (*way, *batch));
            let run = async { driver.run(&order).await.with_context(|| what.clone()) };
            let run = progress
                .step(
                    journal,
                    &what,
                    format!("origin-{records}/{way:?}-{batch:?}/{turn}"),
                    run,
                )
                .await?;
            ensure!(
                run.moved == u64::from(records),
                "{what}: {} records came, which is not what was asked for",
                run.moved
            );
            measured.push(run);
        }
    }
    let row = |((way, batch), runs): ((OriginWay, Option<u32>), Vec<Run>)| {
        let (origin_laptop_seconds, origin_seconds) = origin_seconds(records, way);
        OriginRow {
            records,
            way,
            batch,
            origin_laptop_seconds,
            origin_seconds,
            seconds: runs.iter().map(|run| run.seconds).collect(),
            bytes: runs.first().map_or(0, |run| run.bytes_in),
            peak_rss: runs.first().and_then(|run| run.peak_rss),
        }
    };
    Ok(WAYS.into_iter().zip(measured).map(row).collect())
}

fn order(gateway: &str, processes: &[u32], records: u32, (way, batch): (OriginWay, Option<u32>)) -> Command {
    let kind = match way {
        OriginWay::Rest => "rest",
        OriginWay::ServerStream => "stream",
        OriginWay::Unary => "unary",
        OriginWay::Database => "database",
    };
    let batch = batch.map_or_else(String::new, |batch| format!("&batch={batch}"));
    Command::Read {
        address: gateway.to_owned(),
        path: format!("/api/v1/lab/records?kind={kind}&records={records}{batch}"),
        mark: "\"year\":".to_owned(),
        processes: processes.to_vec(),
    }
}
