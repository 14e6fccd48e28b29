//! The identity of the catalogue's database. What is derived from the database, such as the search index, stores it too.

use store::{Error, Source, fetch_one};

pub(crate) async fn identity(mut on: impl Source) -> Result<String, Error> {
    let (identity,) = fetch_one!(on, (String,), "SELECT identity FROM catalogue_identity WHERE id = 1")?;
    Ok(identity)
}
