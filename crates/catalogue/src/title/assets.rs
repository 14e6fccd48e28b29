//! Which objects play a title. They are written in the title's own transaction, so that followers of the feed learn of
//! them, and so is the fate of the files that they replace, so that no file is forgotten.

use store::{Db, Feed, Tx, write_tx};
use uuid::Uuid;

use crate::fault::{Fault, Result};
use crate::media::store::assets as media;
use crate::media::store::files;
use crate::media::{MediaObject, add, check};
use crate::title::store::titles;

/// Makes these objects all that the title has. The replaced ones are kept until `keep_until_us`, for customers who watch them.
pub(crate) async fn put(db: &Db, feed: &Feed, title: Uuid, objects: &[MediaObject], keep_until_us: i64) -> Result<()> {
    write_tx!(db, |tx| -> Result<()> {
        let before = of_title(tx, title).await?;
        write(tx, feed, title, (&before, objects), keep_until_us).await
    })
}

/// Gives the title an uploaded object, which replaces the same part of its asset. Returns the title's objects.
///
/// The upload ends in the same transaction. If another process has given the upload up, because its lease ran out,
/// nothing changes: its file may have been removed.
pub(crate) async fn put_one(
    db: &Db,
    feed: &Feed,
    title: Uuid,
    object: &MediaObject,
    keep_until_us: i64,
) -> Result<Vec<MediaObject>> {
    write_tx!(db, |tx| -> Result<Vec<MediaObject>> {
        let before = of_title(tx, title).await?;
        let has_playable = before.iter().any(MediaObject::is_playable_film);
        if has_playable && !object.unplayable.is_empty() {
            return Err(Fault::WouldNotPlay {
                reason: object.unplayable.clone(),
            });
        }
        if !files::end_upload(tx, &object.location).await? {
            return Err(Fault::UploadGivenUp);
        }
        let objects = check(add(before.clone(), object.clone()).ok_or(Fault::MediaNotFound)?)?;
        write(tx, feed, title, (&before, &objects), keep_until_us).await?;
        Ok(objects)
    })
}

async fn of_title(tx: &mut Tx, title: Uuid) -> Result<Vec<MediaObject>> {
    let known = titles::find(&mut *tx, &[title]).await?.pop();
    known.ok_or(Fault::TitleNotFound)?;
    Ok(media::of_title(&mut *tx, title).await?)
}

async fn write(
    tx: &mut Tx,
    feed: &Feed,
    title: Uuid,
    (before, objects): (&[MediaObject], &[MediaObject]),
    keep_until_us: i64,
) -> Result<()> {
    if before == objects {
        return Ok(());
    }
    let revision = feed.next_revision(tx).await?;
    media::replace(tx, title, objects).await?;
    for old in before {
        let stays = objects.iter().any(|object| object.location == old.location);
        if !stays && files::is_ours(&old.location) {
            files::keep_replaced(tx, title, old, keep_until_us).await?;
        }
    }
    titles::touch(tx, title, revision).await?;
    Ok(())
}
