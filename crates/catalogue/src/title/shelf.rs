//! Hides and deletes titles, and records which were ordered, because customers keep what they ordered.

use store::{Db, Feed, Tx, write_tx};
use uuid::Uuid;

use crate::fault::{Fault, Result};
use crate::media::store::assets as media;
use crate::media::store::files;
use crate::offer::store as offers;
use crate::title::State;
use crate::title::store::credits;
use crate::title::store::titles;

/// Hides a title, or shows it again.
pub(crate) async fn set_hidden(db: &Db, feed: &Feed, title: Uuid, is_hidden: bool) -> Result<()> {
    let state = State::hidden(is_hidden);
    write_tx!(db, |tx| -> Result<()> {
        let known = titles::find(&mut *tx, &[title]).await?.pop();
        if known.ok_or(Fault::TitleNotFound)?.state == state {
            return Ok(());
        }
        let revision = feed.next_revision(tx).await?;
        Ok(titles::set_state(tx, title, state, revision).await?)
    })
}

/// Deletes a title with everything that belongs to it, or hides it if it was ordered. Returns whether it was kept.
///
/// Its files are left to the [`Sweeper`](crate::media::sweep::Sweeper), which removes them when nothing plays them.
pub(crate) async fn delete(tx: &mut Tx, feed: &Feed, title: Uuid, now_us: i64) -> Result<bool> {
    let known = titles::find(&mut *tx, &[title]).await?.pop();
    let known = known.ok_or(Fault::TitleNotFound)?;
    let revision = feed.next_revision(tx).await?;
    if known.ordered_at_us > 0 {
        titles::set_state(tx, title, State::Hidden, revision).await?;
        return Ok(true);
    }
    let objects = media::of_title(&mut *tx, title).await?;
    media::replace(tx, title, &[]).await?;
    offers::delete_all(tx, title).await?;
    credits::put(tx, &[], &[&known.without_people()]).await?;
    titles::delete(tx, title, revision).await?;
    for object in objects.iter().filter(|object| files::is_ours(&object.location)) {
        files::keep_replaced(tx, title, object, now_us).await?;
    }
    Ok(false)
}

/// Records that a title is being ordered; rent calls this before it writes the order.
pub(crate) async fn mark_ordered(db: &Db, title: Uuid, now_us: i64) -> Result<()> {
    write_tx!(db, |tx| -> Result<()> {
        let known = titles::find(&mut *tx, &[title]).await?.pop();
        match known {
            Some(known) if known.is_listed() && known.ordered_at_us > 0 => Ok(()),
            Some(known) if known.is_listed() => Ok(titles::mark_ordered(tx, title, now_us).await?),
            _ => Err(Fault::TitleNotFound),
        }
    })
}
