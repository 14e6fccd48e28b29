//! `dvs folder accept`: accepts databases that do not belong together, so that the store opens with them.

use anyhow::Result;
use store::OsRandomness;

use crate::commands::say;
use crate::config::FolderAcceptOptions;
use crate::databases;
use crate::folder::{self, DataFolder};

pub(crate) async fn accept(options: FolderAcceptOptions) -> Result<()> {
    let at = options.data_dir.display();
    folder::ensure_store(&options.data_dir)?;
    let folder = DataFolder::open(&options.data_dir, "dvs folder accept")?;
    let names = databases::accept(&folder, &OsRandomness).await?;
    if names.is_empty() {
        return say(format_args!(
            "there is no database in {at}: the next start makes new ones"
        ));
    }
    say(format_args!("{} in {at} belong together now", names.join(", ")))
}
