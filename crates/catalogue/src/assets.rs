//! Which objects play a title: written together with the title, so that whoever follows the feed learns of them.

use store::{Db, Feed, Tx, write_tx};
use uuid::Uuid;

use crate::fault::{Fault, Result};
use crate::media::{MediaObject, add, check};
use crate::store::{media, titles};

/// Makes these objects all that the title has.
pub(crate) async fn put(db: &Db, feed: &Feed, title: Uuid, objects: &[MediaObject]) -> Result<()> {
    write_tx!(db, |tx| -> Result<()> {
        let before = of_title(tx, title).await?;
        write(tx, feed, title, &before, objects).await
    })
}

/// Gives the title an object: a film in place of all it had, a track in place of the same one. Answers what it has
/// now, and what it had.
pub(crate) async fn put_one(
    db: &Db,
    feed: &Feed,
    title: Uuid,
    object: &MediaObject,
) -> Result<(Vec<MediaObject>, Vec<MediaObject>)> {
    write_tx!(db, |tx| -> Result<(Vec<MediaObject>, Vec<MediaObject>)> {
        let before = of_title(tx, title).await?;
        let objects = check(add(before.clone(), object.clone()).ok_or(Fault::MediaNotFound)?)?;
        write(tx, feed, title, &before, &objects).await?;
        Ok((objects, before))
    })
}

async fn of_title(tx: &mut Tx, title: Uuid) -> Result<Vec<MediaObject>> {
    let known = titles::find(&mut *tx, &[title]).await?.pop();
    known.ok_or(Fault::TitleNotFound)?;
    Ok(media::of_title(&mut *tx, title).await?)
}

async fn write(tx: &mut Tx, feed: &Feed, title: Uuid, before: &[MediaObject], objects: &[MediaObject]) -> Result<()> {
    if before == objects {
        return Ok(());
    }
    let revision = feed.next_revision(tx).await?;
    media::replace(tx, title, objects).await?;
    titles::touch(tx, title, revision).await?;
    Ok(())
}
