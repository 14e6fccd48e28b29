//! Keeping the settings.

use store::{Db, Feed, write_tx};

use crate::fault::{Fault, Result};
use crate::named::Named;
use crate::settings::store as settings;
use crate::settings::{Kept, StatedSettings};

/// Changes what is named, and nothing where all of it is so already. `only_unset` leaves what was set before.
pub(crate) async fn set(
    db: &Db,
    feed: &Feed,
    stated: &StatedSettings,
    fields: &[String],
    only_unset: bool,
) -> Result<Kept> {
    if fields.is_empty() {
        return Err(Fault::invalid("fields", "Name at least one setting."));
    }
    Named::new(fields.to_vec()).check(&StatedSettings::FIELDS, &[])?;
    write_tx!(db, |tx| -> Result<Kept> {
        let current = settings::find(&mut *tx).await?;
        let is_free = |field: &&String| !only_unset || !current.settings.has(field);
        let fields: Vec<_> = fields.iter().filter(is_free).cloned().collect();
        if fields.is_empty() {
            return Ok(current);
        }
        let named = Named::new(fields);
        let new = stated.over(current.settings.clone(), &named)?;
        if new == current.settings {
            return Ok(current);
        }
        let revision = feed.next_revision(tx).await?;
        settings::put(tx, &new, revision).await?;
        if new.logo != current.settings.logo {
            settings::put_logo(tx, new.logo.as_ref().map(|_| stated.logo.as_slice())).await?;
        }
        Ok(Kept {
            settings: new,
            revision,
        })
    })
}

/// The logo with this hash, and its type.
pub(crate) async fn logo(db: &Db, hash: &str) -> Result<(String, Vec<u8>)> {
    let mut reading = db.begin_read().await?;
    let kept = settings::find(&mut reading).await?;
    let logo = kept.settings.logo.filter(|logo| logo.hash == hash);
    let image = settings::logo(&mut reading).await?;
    let found = logo.zip(image).map(|(logo, image)| (logo.content_type, image));
    found.ok_or(Fault::LogoNotFound)
}
