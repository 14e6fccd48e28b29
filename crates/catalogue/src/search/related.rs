//! Titles that are related to another: what a customer who looks at that one may look at next.

use std::sync::Arc;

use moka::sync::Cache;
use store::Db;
use uuid::Uuid;

use crate::fault::Result;
use crate::search::{Found, Query, Sort};
use crate::title::Title;
use crate::title::store::credits::{self, Role};

const RELATED: usize = 12;
/// At most this many titles share an actor, so that one who played in everything does not push out the rest.
const OF_THE_CAST: usize = 4;
/// More than are wanted, because the title itself and those that were already added do not count.
const LOOKED_AT: i64 = 25;
/// How many titles have their related ones cached: about 3 MiB.
const KEPT: u64 = 10_000;

/// The cached related titles, each with the catalogue's revision at which they were found: at another revision they are stale.
pub(crate) struct RelatedTitles {
    kept: Cache<Uuid, (i64, Arc<[Uuid]>)>,
}

impl RelatedTitles {
    pub(crate) fn new() -> Self {
        Self { kept: Cache::new(KEPT) }
    }

    /// The titles related to one. The caller has read the catalogue's revision before.
    pub(crate) async fn to<Search: Future<Output = Result<Found>> + Send>(
        &self,
        title: &Title,
        revision: i64,
        db: &Db,
        search: impl Fn(Query) -> Search + Sync,
    ) -> Result<Arc<[Uuid]>> {
        if let Some((found_at, ids)) = self.kept.get(&title.id)
            && found_at == revision
        {
            return Ok(ids);
        }
        let ids: Arc<[Uuid]> = find(title, db, search).await?.into();
        self.kept.insert(title.id, (revision, Arc::clone(&ids)));
        Ok(ids)
    }
}

/// What a title has in common with another, the closest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Relation {
    Director,
    Cast,
    GenreAndDecade,
    Genre,
    Country,
}

impl Relation {
    /// The closest relation of another title to this one, and the person, genre or country that they share.
    pub(crate) fn between(title: &Title, other: &Title) -> Option<(Self, String)> {
        let (facts, others) = (&title.facts, &other.facts);
        let shared_person = |names: &[String], ours: &[Uuid], theirs: &[Uuid]| {
            let shared = ours.iter().position(|person| theirs.contains(person))?;
            names.get(shared).cloned()
        };
        if let Some(director) = shared_person(&facts.directors, title.director_ids(), other.director_ids()) {
            return Some((Self::Director, director));
        }
        if let Some(actor) = shared_person(&facts.cast, title.cast_ids(), other.cast_ids()) {
            return Some((Self::Cast, actor));
        }
        if let Some(genre) = shared(&facts.genres, &others.genres) {
            let is_of_decade = decade(facts.year) == decade(others.year);
            return Some((
                if is_of_decade {
                    Self::GenreAndDecade
                } else {
                    Self::Genre
                },
                genre,
            ));
        }
        shared(&facts.countries, &others.countries).map(|country| (Self::Country, country))
    }
}

fn shared(ours: &[String], theirs: &[String]) -> Option<String> {
    ours.iter().find(|one| theirs.contains(one)).cloned()
}

fn decade(year: i32) -> i32 {
    year.div_euclid(10) * 10
}

/// Titles of the same directors, some with the same cast, then the most popular of its genre (first of its decade, then
/// of any), and of its country.
async fn find<Search: Future<Output = Result<Found>> + Send>(
    title: &Title,
    db: &Db,
    search: impl Fn(Query) -> Search + Sync,
) -> Result<Vec<Uuid>> {
    let mut related = Related {
        to: title.id,
        ids: Vec::with_capacity(RELATED),
    };
    let facts = &title.facts;
    let (directors, cast) = (title.director_ids(), title.cast_ids());
    if !directors.is_empty() {
        let found = credits::titles_of(db, directors, Role::Director, LOOKED_AT).await?;
        related.add(found, RELATED);
    }
    if !cast.is_empty() {
        let found = credits::titles_of(db, cast, Role::Cast, LOOKED_AT).await?;
        related.add(found, OF_THE_CAST);
    }
    for decades in [vec![decade(facts.year)], Vec::new()] {
        if let Some(genre) = facts.genres.first()
            && related.ids.len() < RELATED
        {
            let genres = vec![genre.clone()];
            related.add(search(popular(genres, decades, Vec::new())).await?.ids, RELATED);
        }
    }
    if let Some(country) = facts.countries.first()
        && related.ids.len() < RELATED
    {
        let countries = vec![country.clone()];
        related.add(search(popular(Vec::new(), Vec::new(), countries)).await?.ids, RELATED);
    }
    Ok(related.ids)
}

struct Related {
    to: Uuid,
    ids: Vec<Uuid>,
}

impl Related {
    /// Adds titles that are not there yet, in this order: `up_to` at most.
    fn add(&mut self, ids: Vec<Uuid>, up_to: usize) {
        let full = (self.ids.len() + up_to).min(RELATED);
        for id in ids {
            if id != self.to && self.ids.len() < full && !self.ids.contains(&id) {
                self.ids.push(id);
            }
        }
    }
}

fn popular(genres: Vec<String>, decades: Vec<i32>, countries: Vec<String>) -> Query {
    Query {
        genres,
        decades,
        countries,
        sort: Sort::Popular,
        // More than are wanted, because the title itself and those that were already added do not count.
        limit: 2 * RELATED + 1,
        ..Query::default()
    }
}
