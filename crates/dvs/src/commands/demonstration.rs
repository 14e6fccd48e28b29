//! `dvs demonstration`: loads the demonstration's films into a store that does not begin with them, or removes them.

use anyhow::Result;
use store::SystemClock;

use crate::commands::say;
use crate::config::{DemonstrationCommand, DemonstrationOptions, DemonstrationPlace};
use crate::reach::{Missing, Reached};
use crate::{demonstration, media};

pub(crate) async fn run(options: DemonstrationOptions) -> Result<()> {
    match options.command {
        None => load(options.place).await,
        Some(DemonstrationCommand::Remove(place)) => remove(place).await,
    }
}

async fn load(place: DemonstrationPlace) -> Result<()> {
    let media = media::open(place.media.media_url.as_deref(), &place.store.data_dir)?;
    let store = Reached::open_with(&place.store, &place.media, "dvs demonstration", Missing::Refuse).await?;
    let loaded = demonstration::load(store.catalogue.as_ref(), &media.blobs, &SystemClock).await;
    store.close().await;
    say(format_args!("{} films of the demonstration are there", loaded?))
}

async fn remove(place: DemonstrationPlace) -> Result<()> {
    let tool = "dvs demonstration remove";
    let store = Reached::open_with(&place.store, &place.media, tool, Missing::Refuse).await?;
    let removed = demonstration::remove(store.catalogue.as_ref()).await;
    store.close().await;
    let removed = removed?;
    say(format_args!(
        "{} films of the demonstration are deleted; {} were sold, are hidden, and stay with their buyers",
        removed.deleted, removed.kept
    ))
}
