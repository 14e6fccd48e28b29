//! The settings: one row.

use sqlx::FromRow;
use store::{Error, Source, Tx, execute, fetch_one};

use crate::settings::{Kept, Settings};
use crate::store::corrupt;

#[derive(FromRow)]
struct SettingsRow {
    facts: String,
    revision: i64,
}

pub(crate) async fn find(mut on: impl Source) -> Result<Kept, Error> {
    const FIND: &str = "SELECT facts, revision FROM store_settings WHERE id = 1";
    let SettingsRow { facts, revision } = fetch_one!(on, SettingsRow, FIND)?;
    let settings: Settings = serde_json::from_str(&facts).map_err(|error| corrupt("the settings", &error))?;
    Ok(Kept { settings, revision })
}

pub(crate) async fn logo(mut on: impl Source) -> Result<Option<Vec<u8>>, Error> {
    let (logo,) = fetch_one!(on, (Option<Vec<u8>>,), "SELECT logo FROM store_settings WHERE id = 1")?;
    Ok(logo)
}

pub(crate) async fn put(tx: &mut Tx, settings: &Settings, revision: i64) -> Result<(), Error> {
    const PUT: &str = "UPDATE store_settings SET facts = $1, revision = $2 WHERE id = 1";
    let facts = serde_json::to_string(settings).map_err(|error| corrupt("the settings", &error))?;
    execute!(tx, PUT, facts.as_str(), revision)?;
    Ok(())
}

pub(crate) async fn put_logo(tx: &mut Tx, logo: Option<&[u8]>) -> Result<(), Error> {
    execute!(tx, "UPDATE store_settings SET logo = $1 WHERE id = 1", logo)?;
    Ok(())
}
