//! Collections.

use sqlx::FromRow;
use store::{Db, Error, Source, Tx, execute, fetch_all, fetch_one, fetch_optional};
use uuid::Uuid;

use crate::collection::Collection;
use crate::store::corrupt;

#[derive(FromRow)]
struct CollectionRow {
    collection_id: String,
    position: i32,
    facts: String,
}

pub(crate) async fn find(mut on: impl Source, id: &str) -> Result<Option<Collection>, Error> {
    const BY_ID: &str = "SELECT collection_id, position, facts FROM collections \
                         WHERE collection_id = $1 AND facts IS NOT NULL";
    let row = fetch_optional!(on, CollectionRow, BY_ID, id)?;
    row.map(CollectionRow::read).transpose()
}

/// Collections in their order, from after one of them.
pub(crate) async fn list(db: &Db, after: (i32, &str), limit: i64) -> Result<Vec<Collection>, Error> {
    const LIST: &str = "SELECT collection_id, position, facts FROM collections \
                        WHERE facts IS NOT NULL AND (position, collection_id) > ($1, $2) \
                        ORDER BY position, collection_id LIMIT $3";
    let rows = fetch_all!(db, CollectionRow, LIST, after.0, after.1, limit)?;
    rows.into_iter().map(CollectionRow::read).collect()
}

/// The collections that a title is in.
pub(crate) async fn with_title(mut on: impl Source, title: Uuid) -> Result<Vec<Collection>, Error> {
    const WITH_TITLE: &str = "SELECT collection_id, position, facts FROM collections \
                              WHERE facts LIKE $1 ORDER BY position, collection_id";
    let rows = fetch_all!(on, CollectionRow, WITH_TITLE, format!("%\"{title}\"%"))?;
    rows.into_iter().map(CollectionRow::read).collect()
}

pub(crate) async fn count(mut on: impl Source) -> Result<i64, Error> {
    const COUNT: &str = "SELECT COUNT(*) FROM collections WHERE facts IS NOT NULL";
    let (count,) = fetch_one!(on, (i64,), COUNT)?;
    Ok(count)
}

/// The ids of the collections that were written or deleted after one revision and up to another.
pub(crate) async fn changed(db: &Db, after: i64, until: i64) -> Result<Vec<String>, Error> {
    const CHANGED: &str = "SELECT collection_id FROM collections \
                           WHERE revision > $1 AND revision <= $2 ORDER BY revision";
    let rows = fetch_all!(db, (String,), CHANGED, after, until)?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Writes a collection: inserts it, or replaces the one with its id.
pub(crate) async fn put(tx: &mut Tx, collection: &Collection, revision: i64) -> Result<(), Error> {
    const PUT: &str = "INSERT INTO collections (collection_id, position, facts, revision) VALUES ($1, $2, $3, $4) \
                       ON CONFLICT (collection_id) DO UPDATE SET position = excluded.position, \
                       facts = excluded.facts, revision = excluded.revision";
    let facts = serde_json::to_string(&collection.facts).map_err(|error| corrupt("a collection", &error))?;
    execute!(
        tx,
        PUT,
        collection.id.as_str(),
        collection.position,
        facts.as_str(),
        revision
    )?;
    Ok(())
}

/// Deletes a collection's facts; the row stays, with the revision of the deletion, so that readers of the feed see it.
pub(crate) async fn delete(tx: &mut Tx, id: &str, revision: i64) -> Result<(), Error> {
    const DELETE: &str = "UPDATE collections SET facts = NULL, revision = $2 WHERE collection_id = $1";
    execute!(tx, DELETE, id, revision)?;
    Ok(())
}

impl CollectionRow {
    fn read(self) -> Result<Collection, Error> {
        let facts = serde_json::from_str(&self.facts);
        Ok(Collection {
            id: self.collection_id,
            position: self.position,
            facts: facts.map_err(|error| corrupt("a collection", &error))?,
        })
    }
}
