//! `dvs export`: writes all films to a file, completely or not at all, in the form that imports read.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use api::catalogue::{Catalogue, ExportTitlesRequest, TitleBatch};
use futures::StreamExt;
use rpc::{Call, Code};

use crate::commands::{counted, ensure_writable, say, told};
use crate::config::ExportOptions;
use crate::export::{FilmWriter, Form, filter};
use crate::reach::{Missing, StoreConnection};

/// How often an export that was cut off is resumed.
const RESUMPTIONS: usize = 5;
/// How long to wait before it is resumed.
const REST: Duration = Duration::from_millis(500);

pub(crate) async fn run(options: ExportOptions) -> Result<()> {
    let path = &options.output;
    let Some(form) = Form::of(path) else {
        bail!(
            "{} ends in neither .jsonl nor .csv (nor either with .gz)",
            path.display()
        );
    };
    ensure_writable(path, options.overwrite)?;
    let store = StoreConnection::open(&options.store, "dvs export", Missing::Refuse).await?;
    let written = write(store.catalogue().await?, &options, form).await;
    store.close().await;
    let films = counted(written?, "film", "films");
    say(format_args!("{}: {films}", path.display()))
}

async fn write(catalogue: &dyn Catalogue, options: &ExportOptions, form: Form) -> Result<u64> {
    let at = || format!("cannot write {}", options.output.display());
    let request = filter::request(catalogue, options).await?;
    // A table's header names every language that occurs, so the export is read twice: first for the header, then for the rows.
    let mut languages = form.languages();
    if let Some(languages) = &mut languages {
        each(catalogue, request.clone(), |batch| {
            batch.titles.iter().for_each(|title| languages.note(title));
            Ok(())
        })
        .await?;
    }
    let is_filtered = filter::is_given(&request);
    let mut writer = FilmWriter::create(&options.output, form, languages).with_context(at)?;
    each(catalogue, request, |batch| {
        batch
            .titles
            .iter()
            .try_for_each(|title| writer.write(title))
            .with_context(at)
    })
    .await?;
    ensure!(
        !is_filtered || writer.films() > 0,
        "no film has all of this: nothing was written"
    );
    writer.finish().with_context(at)
}

/// Passes each batch of the export to `take`; an export that is cut off is resumed after the last batch that was received.
async fn each(
    catalogue: &dyn Catalogue,
    mut request: ExportTitlesRequest,
    mut take: impl FnMut(TitleBatch) -> Result<()>,
) -> Result<()> {
    for left in (0..=RESUMPTIONS).rev() {
        let cut = match catalogue.export_titles(Call::by_service(request.clone())).await {
            Ok(mut batches) => loop {
                match batches.next().await {
                    None => return Ok(()),
                    Some(Ok(batch)) => {
                        request.cursor.clone_from(&batch.cursor);
                        take(batch)?;
                    }
                    Some(Err(fault)) => break fault,
                }
            },
            Err(fault) => fault,
        };
        if cut.code != Code::Unavailable || left == 0 {
            return Err(told(&cut));
        }
        tokio::time::sleep(REST).await;
    }
    Ok(())
}
