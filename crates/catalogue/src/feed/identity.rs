//! The identity of a catalogue's database. What is derived from it, such as the search index, stores this identity too.

use store::{Error, Source, fetch_one};

pub(crate) async fn read(mut on: impl Source) -> Result<String, Error> {
    let (identity,) = fetch_one!(on, (String,), "SELECT identity FROM catalogue_identity WHERE id = 1")?;
    Ok(identity)
}
