//! `dvs demonstration`: loads the demonstration's films into a store that did not begin with them, or removes them.

use std::time::Duration;

use anyhow::{Result, ensure};
use rpc::Addresses;
use store::SystemClock;
use tokio::time::Instant;

use crate::commands::{counted, say};
use crate::config::{DemonstrationCommand, DemonstrationOptions, DemonstrationPlace};
use crate::reach::{Missing, StoreConnection};
use crate::{demonstration, media, reach};

/// How long between two tries to reach the catalogue.
const BETWEEN_TRIES: Duration = Duration::from_secs(1);

pub(crate) async fn run(options: DemonstrationOptions) -> Result<()> {
    match options.command {
        None => load(options).await,
        Some(DemonstrationCommand::Remove(place)) => remove(place).await,
    }
}

async fn load(options: DemonstrationOptions) -> Result<()> {
    let place = options.place;
    if let Some(catalogue) = &place.store.catalogue {
        wait_until_serving(catalogue, Duration::from_secs(options.wait)).await?;
    }
    let media = media::open(place.media.media_url.as_deref(), &place.store.data_dir)?;
    let store = StoreConnection::open_with(&place.store, &place.media, "dvs demonstration", Missing::Refuse).await?;
    let loaded = demonstration::load(store.catalogue().await?, &media.blobs, &SystemClock).await;
    store.close().await;
    let loaded = loaded?;
    let added = counted(loaded.added, "film", "films");
    let collections = counted(loaded.collections, "collection", "collections");
    say(format_args!("Added {added} and {collections} of the demonstration"))?;
    if loaded.kept > 0 {
        let kept = counted(loaded.kept, "film was", "films were");
        say(format_args!("{kept} there already, and kept as they are"))?;
    }
    Ok(())
}

/// Waits until one of a service's processes serves. Without a wait it returns at once, so that the first call gives the error.
async fn wait_until_serving(service: &Addresses, wait: Duration) -> Result<()> {
    let until = Instant::now() + wait;
    while Instant::now() + BETWEEN_TRIES < until {
        match is_one_serving(service).await {
            Ok(()) => return Ok(()),
            Err(error) => tracing::info!("waiting for the catalogue: {error:#}"),
        }
        tokio::time::sleep(BETWEEN_TRIES).await;
    }
    Ok(())
}

async fn is_one_serving(service: &Addresses) -> Result<()> {
    let mut is_serving = false;
    for address in service.look_up().await? {
        is_serving |= reach::is_serving("catalogue", &address).await?;
    }
    ensure!(is_serving, "it says that it does not serve");
    Ok(())
}

async fn remove(place: DemonstrationPlace) -> Result<()> {
    let tool = "dvs demonstration remove";
    let store = StoreConnection::open_with(&place.store, &place.media, tool, Missing::Refuse).await?;
    let removed = demonstration::remove(store.catalogue().await?).await;
    store.close().await;
    let removed = removed?;
    let deleted = counted(removed.deleted, "film", "films");
    say(format_args!("Deleted {deleted} of the demonstration"))?;
    if removed.kept > 0 {
        let kept = counted(removed.kept, "sold film", "sold films");
        say(format_args!("Hid {kept}, which the buyers keep"))?;
    }
    Ok(())
}
