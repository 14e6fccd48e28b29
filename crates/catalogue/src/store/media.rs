//! What plays a title.

use sqlx::FromRow;
use store::{Error, Source, Tx, execute, fetch_all, fetch_one, insert_many};
use uuid::Uuid;

use crate::media::MediaObject;

#[derive(FromRow)]
struct ObjectRow {
    name: String,
    location: String,
    content_type: String,
    size_bytes: i64,
}

pub(crate) async fn of_title(mut on: impl Source, title: Uuid) -> Result<Vec<MediaObject>, Error> {
    const OF_TITLE: &str = "SELECT name, location, content_type, size_bytes FROM media_objects \
                            WHERE title_id = $1 ORDER BY position";
    let rows = fetch_all!(on, ObjectRow, OF_TITLE, title)?;
    let objects = rows.into_iter().map(|row| MediaObject {
        name: row.name,
        location: row.location,
        content_type: row.content_type,
        size_bytes: row.size_bytes,
    });
    Ok(objects.collect())
}

/// Whether a title plays an object at this location.
pub(crate) async fn is_played(mut on: impl Source, location: &str) -> Result<bool, Error> {
    const PLAYED: &str = "SELECT EXISTS (SELECT 1 FROM media_objects WHERE location = $1)";
    let (played,) = fetch_one!(on, (bool,), PLAYED, location)?;
    Ok(played)
}

/// Makes these objects the title's own, in place of those it had.
pub(crate) async fn replace(tx: &mut Tx, title: Uuid, objects: &[MediaObject]) -> Result<(), Error> {
    execute!(tx, "DELETE FROM media_objects WHERE title_id = $1", title)?;
    let numbered: Vec<_> = (1_i32..).zip(objects).collect();
    insert_many!(
        tx,
        "INSERT INTO media_objects (title_id, position, name, location, content_type, size_bytes) VALUES",
        &numbered,
        |row| [
            title,
            row.0,
            row.1.name.as_str(),
            row.1.location.as_str(),
            row.1.content_type.as_str(),
            row.1.size_bytes,
        ]
    )?;
    Ok(())
}
