//! `dvs import`: takes films from files, each film whole or not at all. The same files again change nothing.

use std::fs::File;
use std::path::Path;
use std::pin::pin;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use api::catalogue::{Catalogue, ImportSummary, ImportTitlesRequest};
use futures::{Stream, StreamExt, stream};
use indicatif::{ProgressBar, ProgressStyle};
use rpc::Call;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::commands::{say, told};
use crate::config::ImportOptions;
use crate::import::{Batch, Batches, DefaultPrices, FilmFile, NamedFile, Report};
use crate::reach::{Missing, Reached};

/// How many calls are under way at once, so that one batch is written while the next is on its way.
const CALLS_IN_FLIGHT: usize = 2;
/// How many batches wait to be sent.
const BATCHES_WAITING: usize = 1;
/// How long a batch may take, on a slow disk and beside other writers.
const CALL_DEADLINE: Duration = Duration::from_mins(1);

pub(crate) async fn run(options: ImportOptions) -> Result<()> {
    let progress = progress_bar();
    // Before the store, so that a file that cannot be read is told before anything is written.
    let files: Result<_> = options.files.iter().map(|path| open(path, &progress)).collect();
    let prices = DefaultPrices {
        rent: options.rent_price.map(|price| price.0),
        buy: options.buy_price.map(|price| price.0),
    };
    let batches = Batches::new(files?, prices);
    let store = Reached::open(&options.store, "dvs import", Missing::Create).await?;
    let imported = import(store.catalogue.as_ref(), batches, &progress).await;
    progress.finish_and_clear();
    store.close().await;
    let report = imported?;
    if let Some(total) = report.total() {
        say(total)?;
    }
    match report.broken() {
        [] => Ok(()),
        broken => Err(anyhow!("{}", broken.join("\nerror: "))),
    }
}

/// On standard error, and only where somebody watches.
fn progress_bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {bytes} of {total_bytes}, {eta} left");
    ProgressBar::new(0).with_style(style.unwrap_or_else(|_invalid| ProgressStyle::default_bar()))
}

fn open(path: &Path, progress: &ProgressBar) -> Result<NamedFile> {
    let name = path.display().to_string();
    let at = || format!("cannot read {name}");
    let file = File::open(path).with_context(at)?;
    progress.inc_length(file.metadata().with_context(at)?.len());
    let films = FilmFile::open(progress.wrap_read(file)).map_err(|broken| anyhow!(broken.of(&name)))?;
    let name = name.into();
    Ok(NamedFile { name, films })
}

/// Sends all batches, and tells what came of each file as it ends.
async fn import(catalogue: &dyn Catalogue, batches: Batches, progress: &ProgressBar) -> Result<Report> {
    let mut report = Report::default();
    let answers = read_aside(batches)
        .map(|batch| send(catalogue, batch))
        .buffered(CALLS_IN_FLIGHT);
    let mut answers = pin!(answers);
    while let Some(answer) = answers.next().await {
        let (summary, batch) = answer?;
        report.add(summary);
        if let Some(end) = batch.end {
            let told = report.end_file(&batch.file, end);
            progress.suspend(|| say(told))?;
        }
    }
    Ok(report)
}

/// Reads the files on a thread of their own, no further ahead than a few batches.
fn read_aside(batches: Batches) -> impl Stream<Item = Batch> {
    let (sender, received) = mpsc::channel(BATCHES_WAITING);
    tokio::task::spawn_blocking(move || {
        for batch in batches {
            if sender.blocking_send(batch).is_err() {
                // The import has failed; nobody wants the rest.
                return;
            }
        }
    });
    stream::unfold(received, async |mut received| Some((received.recv().await?, received)))
}

/// Sends the rows of a batch; the answer also has the rows that were refused before they were sent.
async fn send(catalogue: &dyn Catalogue, mut batch: Batch) -> Result<(ImportSummary, Batch)> {
    let rows = std::mem::take(&mut batch.rows);
    let mut summary = match rows.first().map(|row| row.row) {
        None => ImportSummary::default(),
        Some(first) => {
            let mut call = Call::by_service(ImportTitlesRequest { rows });
            call.context.deadline = Some(Instant::now() + CALL_DEADLINE);
            let answer = catalogue.import_titles(call).await;
            answer
                .map_err(|fault| told(&fault))
                .with_context(|| format!("{}, from row {first} on", batch.file))?
        }
    };
    summary.refused.append(&mut batch.refused);
    summary.refused.sort_by_key(|refused| refused.row);
    Ok((summary, batch))
}
