//! `dvs study`: makes one call to the store and shows everything that is sent in both directions.

use anyhow::Result;

use crate::commands::say;
use crate::config::StudyOptions;
use crate::study::{Observed, Studied};

pub(crate) async fn run(options: StudyOptions) -> Result<()> {
    let store = Studied::open(&options).await?;
    let observed = Observed::of(&store, &options).await;
    let whose = store.whose();
    store.close().await;
    say(observed?.told(options.hex, &whose))
}
