//! `dvs import`: takes films from files, each film whole or not at all. The same files again change nothing.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, anyhow};
use api::catalogue::{Catalogue, ImportSummary, ImportTitlesRequest, RefusedRow};
use futures::stream;
use indicatif::{ProgressBar, ProgressStyle};
use rpc::Call;
use tokio::sync::mpsc;

use crate::commands::{say, told};
use crate::config::ImportOptions;
use crate::import::{Batch, Batches, Broken, DefaultPrices, FilmFile, NamedFile, Report};
use crate::reach::{Missing, Reached};

/// How many batches wait to be sent.
const BATCHES_WAITING: usize = 1;

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

/// Sends the files, a call each, and tells what came of each as it ends.
async fn import(catalogue: &dyn Catalogue, batches: Batches, progress: &ProgressBar) -> Result<Report> {
    let mut report = Report::default();
    let mut batches = read_aside(batches);
    while let Some(first) = batches.recv().await {
        let name = Arc::clone(&first.file);
        let (summary, end) = send(catalogue, first, &mut batches).await?;
        report.add(summary);
        let told = report.end_file(&name, end);
        progress.suspend(|| say(told))?;
    }
    Ok(report)
}

/// Reads the files on a thread of their own, no further ahead than a few batches.
fn read_aside(batches: Batches) -> mpsc::Receiver<Batch> {
    let (sender, received) = mpsc::channel(BATCHES_WAITING);
    tokio::task::spawn_blocking(move || {
        for batch in batches {
            if sender.blocking_send(batch).is_err() {
                // The import has failed; nobody wants the rest.
                return;
            }
        }
    });
    received
}

/// Sends the batches of one file, as fast as they are taken; the answer also has the rows that were refused before they
/// were sent, and how the file ended. One that is broken ends there: what came before it is wanted.
async fn send(
    catalogue: &dyn Catalogue,
    first: Batch,
    batches: &mut mpsc::Receiver<Batch>,
) -> Result<(ImportSummary, Result<(), Broken>)> {
    let name = Arc::clone(&first.file);
    let (sender, messages) = mpsc::channel(1);
    let messages = stream::unfold(messages, async |mut messages| Some((messages.recv().await?, messages)));
    let call = catalogue.import_titles(Call::by_service(Box::pin(messages)));
    let (summary, (mut refused, end)) = futures::join!(call, forward(first, batches, sender));
    let mut summary = summary
        .map_err(|fault| told(&fault))
        .with_context(|| name.to_string())?;
    summary.refused.append(&mut refused);
    summary.refused.sort_by_key(|refused| refused.row);
    Ok((summary, end))
}

/// Passes the rows of a file on, until it ends or nobody takes them any more.
async fn forward(
    first: Batch,
    batches: &mut mpsc::Receiver<Batch>,
    sender: mpsc::Sender<rpc::Result<ImportTitlesRequest>>,
) -> (Vec<RefusedRow>, Result<(), Broken>) {
    let (mut refused, mut next) = (Vec::new(), Some(first));
    while let Some(batch) = next {
        refused.extend(batch.refused);
        let rows = batch.rows;
        let sent = rows.is_empty() || sender.send(Ok(ImportTitlesRequest { rows })).await.is_ok();
        if let Some(end) = batch.end.filter(|_| sent) {
            return (refused, end);
        }
        next = if sent { batches.recv().await } else { None };
    }
    (refused, Ok(()))
}
