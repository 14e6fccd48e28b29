//! The SQL of files in the blob store that no title plays: uploads under way, and films that were replaced.

use sqlx::FromRow;
use store::{Db, Dialects, Error, List, Source, Tx, execute, fetch_all, fetch_one, insert_many, write_tx};
use uuid::Uuid;

use crate::media::{MediaObject, Role};

/// The renewal time of an upload that was given up.
const GIVEN_UP: i64 = -1;

/// Whether an upload put a file there. Only such files are ever removed: files that the operator has put into the blob
/// store belong to the operator.
pub(crate) fn is_ours(location: &str) -> bool {
    let parts: Vec<_> = location.split('/').collect();
    let is_id = |part: &str| Uuid::try_parse(part).is_ok();
    matches!(parts[..], ["titles", title, place, _] if is_id(title) && is_id(place))
}

// ── Uploads ───────────────────────────────────────────────────────────────

/// Records an upload before its first byte is written.
pub(crate) async fn begin_upload(db: &Db, location: &str, now_us: i64) -> Result<(), Error> {
    const BEGIN: &str = "INSERT INTO media_uploads (location, renewed_at_us) VALUES ($1, $2)";
    write_tx!(db, |tx| {
        execute!(tx, BEGIN, location, now_us)?;
        Ok(())
    })
}

/// Renews an upload's lease, for the process that receives it; false if the upload was given up.
pub(crate) async fn renew_upload(db: &Db, location: &str, now_us: i64) -> Result<bool, Error> {
    const RENEW: &str = "UPDATE media_uploads SET renewed_at_us = $2 WHERE location = $1 AND renewed_at_us >= 0";
    write_tx!(db, |tx| { Ok(execute!(tx, RENEW, location, now_us)? == 1) })
}

/// Ends an upload, in the transaction that makes its file the title's; false if the upload was given up.
pub(crate) async fn end_upload(tx: &mut Tx, location: &str) -> Result<bool, Error> {
    const END: &str = "DELETE FROM media_uploads WHERE location = $1 AND renewed_at_us >= 0";
    Ok(execute!(tx, END, location)? == 1)
}

/// Gives up an upload whose lease was not renewed since a time: it can then be neither renewed nor ended, so that its file can be removed.
pub(crate) async fn give_up_upload(db: &Db, location: &str, renewed_before_us: i64) -> Result<bool, Error> {
    const GIVE_UP: &str = "UPDATE media_uploads SET renewed_at_us = $3 WHERE location = $1 AND renewed_at_us < $2";
    write_tx!(db, |tx| {
        Ok(execute!(tx, GIVE_UP, location, renewed_before_us, GIVEN_UP)? == 1)
    })
}

/// Gives up all uploads: for a process that knows that no other one receives any.
pub(crate) async fn give_up_all(db: &Db) -> Result<(), Error> {
    const GIVE_UP: &str = "UPDATE media_uploads SET renewed_at_us = $1 WHERE renewed_at_us >= 0";
    write_tx!(db, |tx| {
        execute!(tx, GIVE_UP, GIVEN_UP)?;
        Ok(())
    })
}

/// Deletes an upload's row, once its file was removed.
pub(crate) async fn forget_upload(db: &Db, location: &str) -> Result<(), Error> {
    const FORGET: &str = "DELETE FROM media_uploads WHERE location = $1";
    write_tx!(db, |tx| {
        execute!(tx, FORGET, location)?;
        Ok(())
    })
}

/// The locations of uploads that were not renewed since a time.
pub(crate) async fn stale_uploads(db: &Db, renewed_before_us: i64, limit: i64) -> Result<Vec<String>, Error> {
    const STALE: &str = "SELECT location FROM media_uploads WHERE renewed_at_us < $1 ORDER BY location LIMIT $2";
    let rows = fetch_all!(db, (String,), STALE, renewed_before_us, limit)?;
    Ok(rows.into_iter().map(|(location,)| location).collect())
}

// ── What was replaced ─────────────────────────────────────────────────────

#[derive(FromRow)]
struct ReplacedRow {
    location: String,
    name: String,
    content_type: String,
    size_bytes: i64,
}

/// Records a replaced file: its title does not play it any more, and the sweeper keeps it until `keep_until_us`.
pub(crate) async fn keep_replaced(
    tx: &mut Tx,
    title: Uuid,
    object: &MediaObject,
    keep_until_us: i64,
) -> Result<(), Error> {
    const KEEP: &str = "INSERT INTO media_replaced (location, title_id, name, content_type, size_bytes, keep_until_us) \
                        VALUES ($1, $2, $3, $4, $5, $6) \
                        ON CONFLICT (location) DO UPDATE SET keep_until_us = excluded.keep_until_us";
    let (location, name, content_type) = (&*object.location, &*object.name, &*object.content_type);
    execute!(
        tx,
        KEEP,
        location,
        title,
        name,
        content_type,
        object.size_bytes,
        keep_until_us
    )?;
    Ok(())
}

/// The objects that a title played before, for customers who are still watching them.
pub(crate) async fn replaced(mut on: impl Source, title: Uuid) -> Result<Vec<MediaObject>, Error> {
    const OF_TITLE: &str = "SELECT location, name, content_type, size_bytes FROM media_replaced \
                            WHERE title_id = $1 ORDER BY location";
    let rows = fetch_all!(on, ReplacedRow, OF_TITLE, title)?;
    let object = |row: ReplacedRow| MediaObject {
        name: row.name,
        role: Role::Film,
        location: row.location,
        content_type: row.content_type,
        size_bytes: row.size_bytes,
        probe: None,
        unplayable: String::new(),
    };
    Ok(rows.into_iter().map(object).collect())
}

/// Replaced files that are kept no longer.
pub(crate) async fn outdated(db: &Db, now_us: i64, limit: i64) -> Result<Vec<String>, Error> {
    const OUTDATED: &str = "SELECT location FROM media_replaced WHERE keep_until_us < $1 ORDER BY location LIMIT $2";
    let rows = fetch_all!(db, (String,), OUTDATED, now_us, limit)?;
    Ok(rows.into_iter().map(|(location,)| location).collect())
}

pub(crate) async fn forget_replaced(db: &Db, location: &str) -> Result<(), Error> {
    const FORGET: &str = "DELETE FROM media_replaced WHERE location = $1";
    write_tx!(db, |tx| {
        execute!(tx, FORGET, location)?;
        Ok(())
    })
}

// ── All of them ───────────────────────────────────────────────────────────

/// Those of some locations whose objects a title plays.
pub(crate) async fn played(mut on: impl Source, locations: &[String]) -> Result<Vec<String>, Error> {
    const PLAYED: Dialects = Dialects {
        sqlite: "SELECT DISTINCT location FROM media_objects WHERE location IN (SELECT value FROM json_each($1))",
        postgres: "SELECT DISTINCT location FROM media_objects WHERE location = ANY($1)",
    };
    let rows = fetch_all!(on, (String,), PLAYED, List(locations))?;
    Ok(rows.into_iter().map(|(location,)| location).collect())
}

/// Those of some locations that the database knows: a title plays them, an upload writes them, or they are kept for viewers.
pub(crate) async fn known(on: &Db, locations: &[String]) -> Result<Vec<String>, Error> {
    const KNOWN: Dialects = Dialects {
        sqlite: "SELECT value FROM json_each($1) WHERE value IN (SELECT location FROM media_objects) \
                 OR value IN (SELECT location FROM media_uploads) OR value IN (SELECT location FROM media_replaced)",
        postgres: "SELECT value FROM unnest($1) AS value WHERE value IN (SELECT location FROM media_objects) \
                   OR value IN (SELECT location FROM media_uploads) OR value IN (SELECT location FROM media_replaced)",
    };
    let rows = fetch_all!(on, (String,), KNOWN, List(locations))?;
    Ok(rows.into_iter().map(|(location,)| location).collect())
}

// ── Unknown files ─────────────────────────────────────────────────────────

/// Records files that the database does not know, and returns how many of them were not recorded before.
pub(crate) async fn note_unknown(db: &Db, locations: &[String], now_us: i64) -> Result<usize, Error> {
    const NOTED: Dialects = Dialects {
        sqlite: "SELECT location FROM media_unknown WHERE location IN (SELECT value FROM json_each($1))",
        postgres: "SELECT location FROM media_unknown WHERE location = ANY($1)",
    };
    write_tx!(db, |tx| {
        let noted = fetch_all!(tx, (String,), NOTED, List(locations))?;
        insert_many!(
            tx,
            "INSERT INTO media_unknown (location, found_at_us, seen_at_us) VALUES",
            locations,
            |location| [location.as_str(), now_us, now_us],
            "ON CONFLICT (location) DO UPDATE SET seen_at_us = excluded.seen_at_us"
        )?;
        Ok(locations.len() - noted.len())
    })
}

/// How many files are recorded as unknown, and when the first and the last of them were found; 0 if there are none.
pub(crate) async fn count_unknown(db: &Db) -> Result<(i64, i64, i64), Error> {
    const COUNT: &str =
        "SELECT COUNT(*), COALESCE(MIN(found_at_us), 0), COALESCE(MAX(found_at_us), 0) FROM media_unknown";
    fetch_one!(db, (i64, i64, i64), COUNT)
}

/// Files that were unknown before a time, and that are still there.
pub(crate) async fn long_unknown(db: &Db, found_before_us: i64, limit: i64) -> Result<Vec<String>, Error> {
    const LONG: &str = "SELECT location FROM media_unknown WHERE found_at_us < $1 ORDER BY location LIMIT $2";
    let rows = fetch_all!(db, (String,), LONG, found_before_us, limit)?;
    Ok(rows.into_iter().map(|(location,)| location).collect())
}

/// Deletes the rows of files that the last listing did not find, or that are known again.
pub(crate) async fn forget_unseen(db: &Db, seen_before_us: i64) -> Result<(), Error> {
    const FORGET: &str = "DELETE FROM media_unknown WHERE seen_at_us < $1";
    write_tx!(db, |tx| {
        execute!(tx, FORGET, seen_before_us)?;
        Ok(())
    })
}

/// Deletes the row of an unknown file that was removed.
pub(crate) async fn forget_unknown(db: &Db, location: &str) -> Result<(), Error> {
    const FORGET: &str = "DELETE FROM media_unknown WHERE location = $1";
    write_tx!(db, |tx| {
        execute!(tx, FORGET, location)?;
        Ok(())
    })
}
