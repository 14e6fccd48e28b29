//! `dvs demonstration`: loads the demonstration's films into a store that does not begin with them.

use anyhow::Result;
use store::SystemClock;

use crate::commands::say;
use crate::config::DemonstrationOptions;
use crate::reach::{Missing, Reached};
use crate::{demonstration, media};

pub(crate) async fn run(options: DemonstrationOptions) -> Result<()> {
    let media = media::open(options.media.media_url.as_deref(), &options.store.data_dir)?;
    let store = Reached::open_with(&options.store, &options.media, "dvs demonstration", Missing::Refuse).await?;
    let loaded = demonstration::load(store.catalogue.as_ref(), &media.blobs, &SystemClock).await;
    store.close().await;
    say(format_args!("{} films of the demonstration are there", loaded?))
}
