//! Reads all films of a store.

use anyhow::Result;
use api::catalogue::{Catalogue, ExportTitlesRequest, TitleInput};
use futures::StreamExt;
use rpc::Call;

use crate::commands::told;

/// The number of films in one batch.
const BATCH: i32 = 500;

/// Passes each film of the store to `take`, hidden ones too.
pub(crate) async fn each(catalogue: &dyn Catalogue, mut take: impl FnMut(TitleInput) -> Result<()>) -> Result<()> {
    let request = ExportTitlesRequest {
        batch_size: BATCH,
        ..ExportTitlesRequest::default()
    };
    let batches = catalogue.export_titles(Call::by_service(request)).await;
    let mut batches = batches.map_err(|fault| told(&fault))?;
    while let Some(batch) = batches.next().await {
        let titles = batch.map_err(|fault| told(&fault))?.titles;
        titles.into_iter().try_for_each(&mut take)?;
    }
    Ok(())
}
