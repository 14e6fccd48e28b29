//! The SQL of the objects that play a title.

use sqlx::FromRow;
use store::{Dialects, Error, List, Source, Tx, execute, fetch_all, fetch_optional, insert_many};
use uuid::Uuid;

use crate::media::{MediaObject, Role, Track};
use crate::store::corrupt;

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
    probe: String,
    unplayable: String,
}

pub(crate) async fn of_title(mut on: impl Source, title: Uuid) -> Result<Vec<MediaObject>, Error> {
    const OF_TITLE: &str = "SELECT name, role, language, label, location, content_type, size_bytes, probe, \
                            unplayable FROM media_objects WHERE title_id = $1 ORDER BY position";
    let rows = fetch_all!(on, ObjectRow, OF_TITLE, title)?;
    rows.into_iter().map(ObjectRow::read).collect()
}

/// The roles of the objects of some titles, without films that browsers do not play.
pub(crate) async fn roles(on: &mut impl Source, titles: &[Uuid]) -> Result<Vec<(Uuid, Role)>, Error> {
    const OF_TITLES: Dialects = Dialects {
        sqlite: "SELECT title_id, role, language, label FROM media_objects \
                 WHERE title_id IN (SELECT unhex(value) FROM json_each($1)) AND unplayable = '' ORDER BY position",
        postgres: "SELECT title_id, role, language, label FROM media_objects \
                   WHERE title_id = ANY($1) AND unplayable = '' ORDER BY position",
    };
    let rows = fetch_all!(on, (Uuid, String, String, String), OF_TITLES, List(titles))?;
    let read =
        |(title, name, language, label): (Uuid, String, String, String)| Ok((title, role(&name, language, label)?));
    rows.into_iter().map(read).collect()
}

/// The file of the film that a title plays, and its size when it was uploaded.
#[derive(Debug, Clone)]
pub(crate) struct FilmFile {
    pub(crate) location: String,
    pub(crate) size_bytes: i64,
}

impl FilmFile {
    pub(crate) fn of(film: &MediaObject) -> Self {
        Self {
            location: film.location.clone(),
            size_bytes: film.size_bytes,
        }
    }
}

/// The film that a title plays, if it has one.
pub(crate) async fn film(mut on: impl Source, title: Uuid) -> Result<Option<FilmFile>, Error> {
    const FILM: &str = "SELECT location, size_bytes FROM media_objects \
                        WHERE title_id = $1 AND role = 'film' AND unplayable = '' ORDER BY position LIMIT 1";
    let row = fetch_optional!(on, (String, i64), FILM, title)?;
    Ok(row.map(|(location, size_bytes)| FilmFile { location, size_bytes }))
}

/// Titles that have offers, in the order of their ids from after one of them, each with the film that it plays.
pub(crate) async fn offered_films(
    mut on: impl Source,
    after: Uuid,
    limit: i64,
) -> Result<Vec<(Uuid, Option<FilmFile>)>, Error> {
    const OFFERED: &str = "SELECT titles.title_id, location, size_bytes FROM titles LEFT JOIN media_objects \
         ON media_objects.title_id = titles.title_id AND role = 'film' AND unplayable = '' \
         WHERE titles.title_id > $1 AND state = 'listed' \
         AND EXISTS (SELECT 1 FROM offers WHERE offers.title_id = titles.title_id) \
         ORDER BY titles.title_id, position LIMIT $2";
    let mut rows = fetch_all!(on, (Uuid, Option<String>, Option<i64>), OFFERED, after, limit)?;
    // Of several films, a title plays the first.
    rows.dedup_by_key(|row| row.0);
    let read = |(title, location, size_bytes): (Uuid, Option<String>, Option<i64>)| {
        let film = location.zip(size_bytes);
        (
            title,
            film.map(|(location, size_bytes)| FilmFile { location, size_bytes }),
        )
    };
    Ok(rows.into_iter().map(read).collect())
}

/// Makes these objects all that a title has, in place of its previous ones.
pub(crate) async fn replace(tx: &mut Tx, title: Uuid, objects: &[MediaObject]) -> Result<(), Error> {
    execute!(tx, "DELETE FROM media_objects WHERE title_id = $1", title)?;
    let rows = (1_i32..)
        .zip(objects)
        .map(|(position, object)| Ok((position, object, probe_text(object)?)));
    let numbered: Vec<_> = rows.collect::<Result<_, Error>>()?;
    insert_many!(
        tx,
        "INSERT INTO media_objects (title_id, position, name, role, language, label, location, content_type, \
         size_bytes, probe, unplayable) VALUES",
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
            row.2.as_str(),
            row.1.unplayable.as_str(),
        ]
    )?;
    Ok(())
}

fn probe_text(object: &MediaObject) -> Result<String, Error> {
    let text = object.probe.as_ref().map(serde_json::to_string).transpose();
    Ok(text
        .map_err(|error| corrupt("a film's probe", &error))?
        .unwrap_or_default())
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
        let probe = match self.probe.as_str() {
            "" => None,
            text => Some(serde_json::from_str(text).map_err(|error| corrupt("a film's probe", &error))?),
        };
        Ok(MediaObject {
            probe,
            unplayable: self.unplayable,
            name: self.name,
            role: role(&self.role, self.language, self.label)?,
            location: self.location,
            content_type: self.content_type,
            size_bytes: self.size_bytes,
        })
    }
}
