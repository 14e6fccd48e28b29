//! The SQL of titles.

use std::collections::HashMap;

use sqlx::FromRow;
use store::{Db, Dialects, Error, List, Source, Tx, exactly_one, execute, fetch_all, insert_many};
use uuid::Uuid;

use crate::media::Media;
use crate::media::Role;
use crate::media::store::assets as media;
use crate::offer::Offer;
use crate::offer::store as offers;
use crate::store::corrupt;
use crate::title::{Facts, Identity, People, State, Title};

macro_rules! select {
    ($tail:literal) => {
        concat!(
            "SELECT title_id, source, source_id, facts, state, ordered_at_us, created_at_us, revision, orders \
             FROM titles ",
            $tail
        )
    };
}

#[derive(FromRow)]
struct TitleRow {
    title_id: Uuid,
    source: String,
    source_id: String,
    facts: String,
    state: String,
    ordered_at_us: i64,
    created_at_us: i64,
    revision: i64,
    orders: i32,
}

/// The source of a deleted title; no other title has it.
const DELETED: &str = ".deleted";

/// Those of some titles that exist, in no particular order.
pub(crate) async fn find(mut on: impl Source, ids: &[Uuid]) -> Result<Vec<Title>, Error> {
    const BY_ID: Dialects = Dialects {
        sqlite: select!("WHERE title_id IN (SELECT unhex(value) FROM json_each($1)) AND state <> 'deleted'"),
        postgres: select!("WHERE title_id = ANY($1) AND state <> 'deleted'"),
    };
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = fetch_all!(on, TitleRow, BY_ID, List(ids))?;
    assemble(on, rows).await
}

/// Those of a source's titles that exist, in no particular order.
pub(crate) async fn find_by_identity(
    mut on: impl Source,
    source: &str,
    source_ids: &[String],
) -> Result<Vec<Title>, Error> {
    const BY_IDENTITY: Dialects = Dialects {
        sqlite: select!("WHERE source = $1 AND source_id IN (SELECT value FROM json_each($2))"),
        postgres: select!("WHERE source = $1 AND source_id = ANY($2)"),
    };
    let rows = fetch_all!(on, TitleRow, BY_IDENTITY, source, List(source_ids))?;
    assemble(on, rows).await
}

/// Titles in the order of their ids, from after one of them; hidden ones too.
pub(crate) async fn page(mut on: impl Source, after: Uuid, limit: i64) -> Result<Vec<Title>, Error> {
    const PAGE: &str = select!("WHERE title_id > $1 AND state <> 'deleted' ORDER BY title_id LIMIT $2");
    let rows = fetch_all!(on, TitleRow, PAGE, after, limit)?;
    assemble(on, rows).await
}

/// What a record of the lab says of a title.
#[derive(FromRow)]
pub(crate) struct RecordRow {
    pub(crate) title_id: Uuid,
    pub(crate) year: i32,
    pub(crate) name: String,
    /// The first of its genres.
    pub(crate) genre: Option<String>,
}

/// The records of titles in the order of the ids, from after one of them.
pub(crate) async fn records(db: &Db, after: Uuid, limit: i64) -> Result<Vec<RecordRow>, Error> {
    const RECORDS: Dialects = Dialects {
        sqlite: "SELECT title_id, year, facts ->> '$.name' AS name, facts ->> '$.genres[0]' AS genre \
                 FROM titles WHERE title_id > $1 AND state <> 'deleted' ORDER BY title_id LIMIT $2",
        postgres: "SELECT title_id, year, facts::json ->> 'name' AS name, facts::json -> 'genres' ->> 0 AS genre \
                   FROM titles WHERE title_id > $1 AND state <> 'deleted' ORDER BY title_id LIMIT $2",
    };
    fetch_all!(db, RecordRow, RECORDS, after, limit)
}

/// The id of every listed title and when it was created, from after one of them.
pub(crate) async fn ids(db: &Db, after: Uuid, limit: i64) -> Result<Vec<(Uuid, i64)>, Error> {
    const IDS: &str = "SELECT title_id, created_at_us FROM titles WHERE title_id > $1 AND state = 'listed' \
                       ORDER BY title_id LIMIT $2";
    fetch_all!(db, (Uuid, i64), IDS, after, limit)
}

/// The titles that changed after one revision and up to another, in the order of the changes; deleted ones too.
pub(crate) async fn changed(db: &Db, after: i64, until: i64, limit: i64) -> Result<Vec<Title>, Error> {
    const CHANGED: &str = select!("WHERE revision > $1 AND revision <= $2 ORDER BY revision, title_id LIMIT $3");
    let rows = fetch_all!(db, TitleRow, CHANGED, after, until, limit)?;
    assemble(db, rows).await
}

/// Writes titles, new or known.
pub(crate) async fn put(tx: &mut Tx, titles: &[&Title]) -> Result<(), Error> {
    let rows = titles.iter().map(|title| Ok((*title, facts_text(&title.facts)?)));
    let rows: Vec<_> = rows.collect::<Result<_, Error>>()?;
    insert_many!(
        tx,
        "INSERT INTO titles (title_id, source, source_id, year, facts, state, created_at_us, revision) VALUES",
        &rows,
        |row| [
            row.0.id,
            row.0.identity.source.as_str(),
            row.0.identity.source_id.as_str(),
            row.0.facts.year,
            row.1.as_str(),
            row.0.state.name(),
            row.0.created_at_us,
            row.0.revision,
        ],
        "ON CONFLICT (title_id) DO UPDATE SET source = excluded.source, source_id = excluded.source_id, \
         year = excluded.year, facts = excluded.facts, state = excluded.state, \
         created_at_us = excluded.created_at_us, revision = excluded.revision"
    )?;
    Ok(())
}

/// Sets a title's revision, because something that belongs to it has changed.
pub(crate) async fn touch(tx: &mut Tx, title: Uuid, revision: i64) -> Result<(), Error> {
    const TOUCH: &str = "UPDATE titles SET revision = $2 WHERE title_id = $1";
    exactly_one(execute!(tx, TOUCH, title, revision)?)
}

/// How often titles were ordered: of some titles, and of all whose number is not 0.
pub(crate) async fn ordered(mut on: impl Source, titles: &[Uuid]) -> Result<Vec<(Uuid, i32)>, Error> {
    const ORDERED: Dialects = Dialects {
        sqlite: "SELECT title_id, orders FROM titles WHERE orders > 0 \
                 UNION SELECT title_id, orders FROM titles WHERE title_id IN (SELECT unhex(value) FROM json_each($1))",
        postgres: "SELECT title_id, orders FROM titles WHERE orders > 0 \
                   UNION SELECT title_id, orders FROM titles WHERE title_id = ANY($1)",
    };
    fetch_all!(on, (Uuid, i32), ORDERED, List(titles))
}

pub(crate) async fn set_orders(tx: &mut Tx, title: Uuid, orders: i32, revision: i64) -> Result<(), Error> {
    const SET: &str = "UPDATE titles SET orders = $2, revision = $3 WHERE title_id = $1";
    exactly_one(execute!(tx, SET, title, orders, revision)?)
}

pub(crate) async fn set_state(tx: &mut Tx, title: Uuid, state: State, revision: i64) -> Result<(), Error> {
    const SET: &str = "UPDATE titles SET state = $2, revision = $3 WHERE title_id = $1";
    exactly_one(execute!(tx, SET, title, state.name(), revision)?)
}

/// Deletes a title except for its row; its source and `source_id` become free for another title.
pub(crate) async fn delete(tx: &mut Tx, title: Uuid, revision: i64) -> Result<(), Error> {
    const DELETE: &str = "UPDATE titles SET state = 'deleted', source = $2, source_id = $3, facts = '{}', \
                          revision = $4 WHERE title_id = $1";
    exactly_one(execute!(
        tx,
        DELETE,
        title,
        DELETED,
        title.to_string().as_str(),
        revision
    )?)
}

/// Records when a title was first ordered. No follower of the feed needs it, so its revision stays.
pub(crate) async fn mark_ordered(tx: &mut Tx, title: Uuid, now_us: i64) -> Result<(), Error> {
    const MARK: &str = "UPDATE titles SET ordered_at_us = $2 WHERE title_id = $1";
    exactly_one(execute!(tx, MARK, title, now_us)?)
}

/// Completes rows with their offers and objects.
async fn assemble(mut on: impl Source, rows: Vec<TitleRow>) -> Result<Vec<Title>, Error> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<_> = rows.iter().map(|row| row.title_id).collect();
    let mut roles: HashMap<Uuid, Vec<Role>> = HashMap::with_capacity(ids.len());
    for (title, role) in media::roles(&mut on, &ids).await? {
        roles.entry(title).or_default().push(role);
    }
    let mut offers: HashMap<Uuid, Vec<Offer>> = HashMap::with_capacity(ids.len());
    for offer in offers::of_titles(on, &ids).await? {
        offers.entry(offer.title).or_default().push(offer);
    }
    let read = |row: TitleRow| {
        let (offers, roles) = (offers.remove(&row.title_id), roles.remove(&row.title_id));
        row.read(offers.unwrap_or_default(), &roles.unwrap_or_default())
    };
    rows.into_iter().map(read).collect()
}

impl TitleRow {
    fn read(self, offers: Vec<Offer>, roles: &[Role]) -> Result<Title, Error> {
        let facts = serde_json::from_str::<Facts>(&self.facts);
        Ok(Title {
            id: self.title_id,
            identity: Identity {
                source: self.source,
                source_id: self.source_id,
            },
            facts: facts.map_err(|error| corrupt("a title's facts", &error))?,
            people: People::default(),
            offers,
            orders: self.orders,
            media: Media::of(roles),
            state: State::from_name(&self.state).ok_or_else(|| corrupt("a title's state", &self.state))?,
            ordered_at_us: self.ordered_at_us,
            created_at_us: self.created_at_us,
            revision: self.revision,
        })
    }
}

fn facts_text(facts: &Facts) -> Result<String, Error> {
    serde_json::to_string(facts).map_err(|error| corrupt("a title's facts", &error))
}
