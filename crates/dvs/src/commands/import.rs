//! `dvs import`: imports films from files, each film completely or not at all. Importing the same files again changes nothing.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, anyhow, ensure};
use api::catalogue::{Catalogue, ImportRow, ImportSummary, ImportTitlesRequest, RefusedRow};
use encoding_rs::Encoding;
use futures::future::ready;
use futures::stream;
use indicatif::{ProgressBar, ProgressStyle};
use rpc::Call;
use tokio::sync::mpsc;

use crate::commands::namesakes::Namesakes;
use crate::commands::{note, say, told};
use crate::config::{ImportOptions, StoreOptions};
use crate::folder;
use crate::import::{
    Batch, Batches, Broken, DefaultPrices, FieldColumns, FilmFile, Mapping, NamedFile, Note, Reading, Report,
};
use crate::reach::{Missing, StoreConnection};

/// How many batches may wait to be sent.
const BATCHES_WAITING: usize = 1;
/// How many rows one call of a dry run has.
const DRY_ROWS: usize = 100;

pub(crate) async fn run(options: ImportOptions) -> Result<()> {
    let progress = progress_bar();
    let reading = reading(&options)?;
    // Before the store is opened, so that a file that cannot be read is reported before anything is written.
    let (mut files, mut faults) = (Vec::new(), Vec::new());
    for path in &options.files {
        match open(path, &reading, &progress) {
            Ok(file) => {
                save_mapping(&options, file.films.mapping())?;
                let about = file.films.about();
                if !about.is_empty() {
                    say(format_args!("{}:\n{}", file.name, about.join("\n")))?;
                }
                files.push(file);
            }
            Err((fault, mapping)) => {
                save_mapping(&options, mapping.as_deref())?;
                faults.push(format!("{fault:#}"));
            }
        }
    }
    ensure!(faults.is_empty(), "{}", faults.join("\nerror: "));
    let prices = DefaultPrices {
        rent: options.rent_price.map(|price| price.0),
        buy: options.buy_price.map(|price| price.0),
    };
    let batches = Batches::new(files, prices);
    let mode = Mode {
        is_dry_run: options.dry_run,
        allows_renames: options.allow_renames,
    };
    let is_new = is_missing(&options.store);
    let data_dir = options.store.data_dir.clone();
    let report = if options.dry_run && is_new {
        // A dry run does not create a store: if there is none, it runs on an empty one in a temporary folder.
        let elsewhere = tempfile::tempdir().context("no folder for a dry run can be made")?;
        let store = StoreOptions {
            data_dir: elsewhere.path().to_owned(),
            ..options.store
        };
        import_into(&store, batches, mode, &progress).await?
    } else {
        import_into(&options.store, batches, mode, &progress).await?
    };
    if let Some(total) = report.total() {
        say(total)?;
    }
    if options.dry_run {
        say("This was a dry run: nothing was written.")?;
    } else if is_new && !report.is_refused_whole() {
        let at = data_dir.display();
        note(format_args!(
            "{at} is a new store. It will open without the demonstration's films, which only an empty store gets: to have \
             them too, run dvs demonstration --data-dir {at}"
        ))?;
    }
    match report.broken() {
        [] => {}
        broken => return Err(anyhow!("{}", broken.join("\nerror: "))),
    }
    ensure!(!report.is_refused_whole(), "every row was refused: no film was taken");
    Ok(())
}

/// How the catalogue is to treat the rows.
#[derive(Clone, Copy)]
struct Mode {
    is_dry_run: bool,
    allows_renames: bool,
}

impl Mode {
    fn request(self, rows: Vec<ImportRow>) -> ImportTitlesRequest {
        ImportTitlesRequest {
            rows,
            is_dry_run: self.is_dry_run,
            allows_renames: self.allows_renames,
        }
    }
}

fn is_missing(store: &StoreOptions) -> bool {
    store.catalogue.is_none() && store.rent.is_none() && !folder::has_store(&store.data_dir)
}

async fn import_into(store: &StoreOptions, batches: Batches, mode: Mode, progress: &ProgressBar) -> Result<Report> {
    let store = StoreConnection::open(store, "dvs import", Missing::Create).await?;
    let imported = async {
        let catalogue = store.catalogue().await?;
        let mut namesakes = Namesakes::new();
        let report = import(catalogue, batches, mode, &mut namesakes, progress).await?;
        if report.has_new() && !mode.is_dry_run {
            namesakes.tell(catalogue).await?;
        }
        Ok(report)
    };
    let imported = imported.await;
    progress.finish_and_clear();
    store.close().await;
    imported
}

/// A bar on standard error, if that is a terminal.
fn progress_bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {bytes} of {total_bytes}, {eta} left");
    ProgressBar::new(0).with_style(style.unwrap_or_else(|_invalid| ProgressStyle::default_bar()))
}

/// The options and the mapping for reading the files.
fn reading(options: &ImportOptions) -> Result<Reading> {
    let encoding = options.encoding.as_ref().map(|name| {
        let known = Encoding::for_label(name.as_bytes());
        known.with_context(|| format!("there is no encoding {name:?}; write such as utf-8, windows-1252 or utf-16le"))
    });
    let mapping = options.mapping.as_ref().filter(|path| path.exists()).map(|path| {
        let at = || format!("the mapping {}", path.display());
        let text = std::fs::read_to_string(path).with_context(at)?;
        Mapping::parse(&text).map_err(anyhow::Error::msg).with_context(at)
    });
    let currency = options.currency.as_ref().map(|code| {
        let known = crate::import::currency(code);
        known.with_context(|| format!("there is no currency {code:?}; write such as BRL"))
    });
    Ok(Reading {
        encoding: encoding.transpose()?,
        mapping: mapping.transpose()?,
        currency: currency.transpose()?,
    })
}

/// Writes the guessed mapping of the first table to the file of `--mapping`, unless that exists.
fn save_mapping(options: &ImportOptions, mapping: Option<&str>) -> Result<()> {
    let (Some(path), Some(mapping)) = (&options.mapping, mapping) else {
        return Ok(());
    };
    if path.exists() {
        return Ok(());
    }
    std::fs::write(path, mapping).with_context(|| format!("cannot write the mapping {}", path.display()))?;
    say(format_args!(
        "The mapping is saved in {}: correct it there, and import again.",
        path.display()
    ))
}

/// The error of a file that cannot be opened, and the guessed mapping of its columns, for the user to correct.
type Unopened = (anyhow::Error, Option<String>);

fn open(path: &Path, reading: &Reading, progress: &ProgressBar) -> Result<NamedFile, Unopened> {
    let name = path.display().to_string();
    let at = || format!("cannot read {name}");
    let opened = File::open(path).and_then(|file| Ok((file.metadata()?.len(), file)));
    let (length, file) = opened.with_context(at).map_err(|error| (error, None))?;
    progress.inc_length(length);
    let films = FilmFile::open_as(progress.wrap_read(file), reading).map_err(|mut broken| {
        let mapping = broken.mapping.take();
        (anyhow!(broken.of(&name)), mapping)
    })?;
    let name = name.into();
    Ok(NamedFile { name, films })
}

/// Sends the files, one call for each, and reports the result of each as it ends.
async fn import(
    catalogue: &dyn Catalogue,
    batches: Batches,
    mode: Mode,
    namesakes: &mut Namesakes,
    progress: &ProgressBar,
) -> Result<Report> {
    let mut report = Report::default();
    let mut batches = read_aside(batches);
    while let Some(first) = batches.recv().await {
        let name = Arc::clone(&first.file);
        let end = if mode.is_dry_run {
            try_out(catalogue, first, &mut batches, mode, |summary, notes| {
                let told = report.changes(&summary.changed);
                report.add(summary);
                report.note(notes);
                if told.is_empty() {
                    Ok(())
                } else {
                    progress.suspend(|| say(told))
                }
            })
            .await?
        } else {
            let (summary, Sent { refused: _, notes, end }) =
                send(catalogue, first, &mut batches, mode, namesakes).await?;
            report.add(summary);
            report.note(notes);
            end
        };
        let told = report.end_file(&name, end);
        progress.suspend(|| say(told))?;
    }
    Ok(report)
}

/// Reads the files on a thread of their own, only a few batches ahead of the calls.
fn read_aside(batches: Batches) -> mpsc::Receiver<Batch> {
    let (sender, received) = mpsc::channel(BATCHES_WAITING);
    tokio::task::spawn_blocking(move || {
        for batch in batches {
            if sender.blocking_send(batch).is_err() {
                // The receiver is gone because the import has failed.
                return;
            }
        }
    });
    received
}

/// Sends the batches of one file, as fast as the catalogue takes them. The answer also contains the rows that were refused
/// before they were sent, and how the file ended. If the file is broken, the rows before the fault are imported.
async fn send(
    catalogue: &dyn Catalogue,
    first: Batch,
    batches: &mut mpsc::Receiver<Batch>,
    mode: Mode,
    namesakes: &mut Namesakes,
) -> Result<(ImportSummary, Sent)> {
    let (name, columns) = (Arc::clone(&first.file), Arc::clone(&first.columns));
    let (sender, messages) = mpsc::channel(1);
    let messages = stream::unfold(messages, async |mut messages| Some((messages.recv().await?, messages)));
    let call = catalogue.import_titles(Call::by_service(Box::pin(messages)));
    let (summary, mut sent) = futures::join!(call, forward(first, batches, sender, mode, namesakes));
    let mut summary = summary
        .map_err(|fault| told(&fault))
        .with_context(|| name.to_string())?;
    name_columns(&mut summary, &columns);
    summary.refused.append(&mut sent.refused);
    summary.refused.sort_by_key(|refused| refused.row);
    Ok((summary, sent))
}

/// Replaces the field of a refusal by the table's column, because that is what a person looks for in the file.
fn name_columns(summary: &mut ImportSummary, columns: &FieldColumns) {
    for refused in &mut summary.refused {
        refused.field = columns.named(std::mem::take(&mut refused.field));
    }
}

/// What the client knows of a file, besides the catalogue's answer.
#[derive(Debug)]
struct Sent {
    refused: Vec<RefusedRow>,
    notes: Vec<(i64, Note)>,
    end: Result<(), Broken>,
}

/// Asks the catalogue what the batches of one file would change. Each call has few rows, because its answer is one message.
async fn try_out(
    catalogue: &dyn Catalogue,
    first: Batch,
    batches: &mut mpsc::Receiver<Batch>,
    mode: Mode,
    mut take: impl FnMut(ImportSummary, Vec<(i64, Note)>) -> Result<()>,
) -> Result<Result<(), Broken>> {
    let mut next = Some(first);
    while let Some(mut batch) = next {
        let mut refused = std::mem::take(&mut batch.refused);
        while !batch.rows.is_empty() {
            let rows = batch.rows.drain(..batch.rows.len().min(DRY_ROWS)).collect();
            let message = stream::once(ready(Ok(mode.request(rows))));
            let answer = catalogue.import_titles(Call::by_service(Box::pin(message))).await;
            let summary = answer.map_err(|fault| told(&fault));
            let mut summary = summary.with_context(|| batch.file.to_string())?;
            name_columns(&mut summary, &batch.columns);
            take(summary, Vec::new())?;
        }
        refused.sort_by_key(|refused| refused.row);
        let refused = ImportSummary {
            refused,
            ..ImportSummary::default()
        };
        take(refused, batch.notes)?;
        if let Some(end) = batch.end {
            return Ok(end);
        }
        next = batches.recv().await;
    }
    Ok(Ok(()))
}

/// Passes on the rows of a file, until it ends or the call does not take more.
async fn forward(
    first: Batch,
    batches: &mut mpsc::Receiver<Batch>,
    sender: mpsc::Sender<rpc::Result<ImportTitlesRequest>>,
    mode: Mode,
    namesakes: &mut Namesakes,
) -> Sent {
    let (mut refused, mut notes, mut next) = (Vec::new(), Vec::new(), Some(first));
    while let Some(batch) = next {
        refused.extend(batch.refused);
        notes.extend(batch.notes);
        let rows = batch.rows;
        namesakes.remember(&rows);
        let sent = rows.is_empty() || sender.send(Ok(mode.request(rows))).await.is_ok();
        if let Some(end) = batch.end.filter(|_| sent) {
            return Sent { refused, notes, end };
        }
        next = if sent { batches.recv().await } else { None };
    }
    Sent {
        refused,
        notes,
        end: Ok(()),
    }
}
