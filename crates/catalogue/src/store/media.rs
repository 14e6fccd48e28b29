//! What plays a title.

use sqlx::FromRow;
use store::{Dialects, Error, List, Source, Tx, execute, fetch_all, fetch_one, insert_many};
use uuid::Uuid;

use super::corrupt;
use crate::media::{MediaObject, Role, Track};

const FILM: &str = "film";
const SUBTITLES: &str = "subtitles";
const CHAPTERS: &str = "chapters";

#[derive(FromRow)]
struct ObjectRow {
    name: String,
    role: String,
    language: String,
    label: String,
    location: String,
    content_type: String,
    size_bytes: i64,
}

pub(crate) async fn of_title(mut on: impl Source, title: Uuid) -> Result<Vec<MediaObject>, Error> {
    const OF_TITLE: &str = "SELECT name, role, language, label, location, content_type, size_bytes \
                            FROM media_objects WHERE title_id = $1 ORDER BY position";
    let rows = fetch_all!(on, ObjectRow, OF_TITLE, title)?;
    rows.into_iter().map(ObjectRow::read).collect()
}

/// What the objects of some titles are to them.
pub(crate) async fn roles(on: &mut impl Source, titles: &[Uuid]) -> Result<Vec<(Uuid, Role)>, Error> {
    const OF_TITLES: Dialects = Dialects {
        sqlite: "SELECT title_id, role, language, label FROM media_objects \
                 WHERE title_id IN (SELECT unhex(value) FROM json_each($1)) ORDER BY position",
        postgres: "SELECT title_id, role, language, label FROM media_objects \
                   WHERE title_id = ANY($1) ORDER BY position",
    };
    let rows = fetch_all!(on, (Uuid, String, String, String), OF_TITLES, List(titles))?;
    let read =
        |(title, name, language, label): (Uuid, String, String, String)| Ok((title, role(&name, language, label)?));
    rows.into_iter().map(read).collect()
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
        "INSERT INTO media_objects (title_id, position, name, role, language, label, location, content_type, \
         size_bytes) VALUES",
        &numbered,
        |row| [
            title,
            row.0,
            row.1.name.as_str(),
            stored(&row.1.role).0,
            stored(&row.1.role).1,
            stored(&row.1.role).2,
            row.1.location.as_str(),
            row.1.content_type.as_str(),
            row.1.size_bytes,
        ]
    )?;
    Ok(())
}

/// A role's name, its language and its label.
fn stored(role: &Role) -> (&'static str, &str, &str) {
    match role {
        Role::Film => (FILM, "", ""),
        Role::Subtitles(track) => (SUBTITLES, &track.language, &track.label),
        Role::Chapters => (CHAPTERS, "", ""),
    }
}

fn role(name: &str, language: String, label: String) -> Result<Role, Error> {
    match name {
        FILM => Ok(Role::Film),
        SUBTITLES => Ok(Role::Subtitles(Track { language, label })),
        CHAPTERS => Ok(Role::Chapters),
        _ => Err(corrupt("an object's role", &name)),
    }
}

impl ObjectRow {
    fn read(self) -> Result<MediaObject, Error> {
        Ok(MediaObject {
            name: self.name,
            role: role(&self.role, self.language, self.label)?,
            location: self.location,
            content_type: self.content_type,
            size_bytes: self.size_bytes,
        })
    }
}
