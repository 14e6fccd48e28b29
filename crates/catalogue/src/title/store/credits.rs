//! People, and what they worked on.

use std::collections::HashMap;

use store::{Db, Dialects, Error, List, Tx, execute, fetch_all, fetch_optional, insert_many, write_tx};
use uuid::Uuid;

use super::titles;
use crate::title::{Title, person_id};

/// The version of the rule by which names are equal; increment it when [`person_id`] treats other names as equal.
const PEOPLE_VERSION: i32 = 2;

/// A person's role in a film.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Director,
    Cast,
}

impl Role {
    fn name(self) -> &'static str {
        match self {
            Self::Director => "director",
            Self::Cast => "cast",
        }
    }
}

/// The name of the person with this id, as it was first written.
pub(crate) async fn person(db: &Db, id: Uuid) -> Result<Option<String>, Error> {
    const BY_ID: &str = "SELECT name FROM people WHERE person_id = $1";
    Ok(fetch_optional!(db, (String,), BY_ID, id)?.map(|(name,)| name))
}

/// The titles that any of some people worked on in a role, latest year first.
pub(crate) async fn titles_of(db: &Db, people: &[Uuid], role: Role, limit: i64) -> Result<Vec<Uuid>, Error> {
    const LATEST: Dialects = Dialects {
        sqlite: "SELECT title_id FROM titles WHERE state = 'listed' AND title_id IN (SELECT title_id FROM credits \
                 WHERE person_id IN (SELECT unhex(value) FROM json_each($1)) AND role = $2) \
                 ORDER BY year DESC, title_id LIMIT $3",
        postgres: "SELECT title_id FROM titles WHERE state = 'listed' AND title_id IN (SELECT title_id FROM credits \
                   WHERE person_id = ANY($1) AND role = $2) ORDER BY year DESC, title_id LIMIT $3",
    };
    let rows = fetch_all!(db, (Uuid,), LATEST, List(people), role.name(), limit)?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Writes the people of every title again if their ids follow an earlier rule of equal names. The rows of the earlier
/// ids stay, so that old addresses still lead to a name.
pub(crate) async fn follow_names(db: &Db) -> Result<(), Error> {
    const FOLLOW: &str = "UPDATE names_of_people SET version = $1 WHERE id = 1 AND version < $1";
    const TITLES: i64 = 500;
    write_tx!(db, |tx| -> Result<(), Error> {
        // Another process that starts at the same time waits here.
        if execute!(tx, FOLLOW, PEOPLE_VERSION)? == 0 {
            return Ok(());
        }
        let mut after = Uuid::nil();
        loop {
            let titles = titles::page(&mut *tx, after, TITLES).await?;
            let Some(last) = titles.last() else { return Ok(()) };
            after = last.id;
            put(tx, &[], &titles.iter().collect::<Vec<_>>()).await?;
        }
    })
}

/// Writes the people of some titles, in place of those that were written before.
pub(crate) async fn put(tx: &mut Tx, new: &[&Title], known: &[&Title]) -> Result<(), Error> {
    const FORGET: Dialects = Dialects {
        sqlite: "DELETE FROM credits WHERE title_id IN (SELECT unhex(value) FROM json_each($1))",
        postgres: "DELETE FROM credits WHERE title_id = ANY($1)",
    };
    if !known.is_empty() {
        let ids: Vec<_> = known.iter().map(|title| title.id).collect();
        execute!(tx, FORGET, List(&ids))?;
    }
    let mut people: HashMap<Uuid, &str> = HashMap::new();
    let mut credits = Vec::new();
    for title in new.iter().chain(known) {
        let directors = title.facts.directors.iter().map(|name| (Role::Director, name));
        let cast = title.facts.cast.iter().map(|name| (Role::Cast, name));
        for (role, name) in directors.chain(cast) {
            let person = person_id(name);
            people.entry(person).or_insert(name);
            credits.push((person, role.name(), title.id));
        }
    }
    // Sorted by key, so that two imports at the same time wait for each other and do not deadlock.
    let mut people: Vec<_> = people.into_iter().collect();
    people.sort_unstable();
    insert_many!(
        tx,
        "INSERT INTO people (person_id, name) VALUES",
        &people,
        |person| [person.0, person.1],
        "ON CONFLICT DO NOTHING"
    )?;
    credits.sort_unstable();
    insert_many!(
        tx,
        "INSERT INTO credits (person_id, role, title_id) VALUES",
        &credits,
        |credit| [credit.0, credit.1, credit.2],
        "ON CONFLICT DO NOTHING"
    )?;
    Ok(())
}
