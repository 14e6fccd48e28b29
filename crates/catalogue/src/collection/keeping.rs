//! Writing and deleting collections.

use store::{Db, Feed, write_tx};
use uuid::Uuid;

use crate::collection::store as collections;
use crate::collection::{COLLECTIONS, Collection};
use crate::fault::{Fault, Result};
use crate::title::shelf;
use crate::title::store::titles;

/// Writes a collection whose titles all exist; writing the same collection again changes nothing.
pub(crate) async fn put(db: &Db, feed: &Feed, collection: &Collection) -> Result<()> {
    write_tx!(db, |tx| -> Result<()> {
        let current = collections::find(&mut *tx, &collection.id).await?;
        if current.as_ref() == Some(collection) {
            return Ok(());
        }
        if current.is_none() && collections::count(&mut *tx).await? >= COLLECTIONS {
            let message = format!("A catalogue has at most {COLLECTIONS} collections.");
            return Err(Fault::invalid("collection_id", message));
        }
        let known = titles::find(&mut *tx, &collection.facts.titles).await?;
        let is_unknown = |id: &Uuid| known.iter().all(|title| title.id != *id);
        if let Some(place) = collection.facts.titles.iter().position(is_unknown) {
            return Err(Fault::invalid(format!("title_ids[{place}]"), "There is no such title."));
        }
        let revision = feed.next_revision(tx).await?;
        collections::put(tx, collection, revision).await?;
        Ok(())
    })
}

pub(crate) async fn delete(db: &Db, feed: &Feed, id: &str) -> Result<()> {
    write_tx!(db, |tx| -> Result<()> {
        collections::find(&mut *tx, id)
            .await?
            .ok_or(Fault::CollectionNotFound)?;
        let revision = feed.next_revision(tx).await?;
        collections::delete(tx, id, revision).await?;
        Ok(())
    })
}

/// Deletes a title, and takes it out of all collections. A collection that had no other stays, with the text that staff wrote.
/// Returns whether the title was kept, because it was ordered.
pub(crate) async fn delete_title(db: &Db, feed: &Feed, title: Uuid, now_us: i64) -> Result<bool> {
    write_tx!(db, |tx| -> Result<bool> {
        if shelf::delete(tx, feed, title, now_us).await? {
            return Ok(true);
        }
        for mut collection in collections::with_title(&mut *tx, title).await? {
            collection.facts.titles.retain(|id| *id != title);
            let revision = feed.next_revision(tx).await?;
            collections::put(tx, &collection, revision).await?;
        }
        Ok(false)
    })
}
