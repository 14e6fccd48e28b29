//! What somebody who looks at a title may look at next.

use std::sync::Arc;

use moka::sync::Cache;
use store::Db;
use uuid::Uuid;

use crate::fault::Result;
use crate::search::{Found, Query, Sort};
use crate::store::credits::{self, Role};
use crate::title::{Title, person_id};

const RELATED: usize = 12;
/// Titles whose related ones are remembered: about 3 MiB.
const KEPT: u64 = 10_000;

/// What was found lately, each with the catalogue's revision that it was found at: another one forgets it.
pub(crate) struct RelatedTitles {
    kept: Cache<Uuid, (i64, Arc<[Uuid]>)>,
}

impl RelatedTitles {
    pub(crate) fn new() -> Self {
        Self { kept: Cache::new(KEPT) }
    }

    /// The titles related to one, at a revision of the catalogue that was read before.
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

/// Titles of the same directors, then the popular ones of its genre: first of its decade, then of any.
async fn find<Search: Future<Output = Result<Found>> + Send>(
    title: &Title,
    db: &Db,
    search: impl Fn(Query) -> Search + Sync,
) -> Result<Vec<Uuid>> {
    let mut related = Related {
        to: title.id,
        ids: Vec::with_capacity(RELATED),
    };
    let directors: Vec<_> = title.facts.directors.iter().map(|name| person_id(name)).collect();
    if !directors.is_empty() {
        let limit = i64::try_from(RELATED + 1).unwrap_or(i64::MAX);
        related.add(credits::titles_of(db, &directors, Role::Director, limit).await?);
    }
    let decade = title.facts.year.div_euclid(10) * 10;
    for decades in [vec![decade], Vec::new()] {
        if let Some(genre) = title.facts.genres.first()
            && related.ids.len() < RELATED
        {
            related.add(search(popular(genre, decades)).await?.ids);
        }
    }
    Ok(related.ids)
}

struct Related {
    to: Uuid,
    ids: Vec<Uuid>,
}

impl Related {
    fn add(&mut self, ids: Vec<Uuid>) {
        for id in ids {
            if id != self.to && self.ids.len() < RELATED && !self.ids.contains(&id) {
                self.ids.push(id);
            }
        }
    }
}

fn popular(genre: &str, decades: Vec<i32>) -> Query {
    Query {
        text: String::new(),
        genres: vec![genre.to_owned()],
        decades,
        countries: Vec::new(),
        languages: Vec::new(),
        offers: Vec::new(),
        sort: Sort::Popular,
        after: None,
        // As many as may be there already, and the title itself.
        limit: 2 * RELATED + 1,
    }
}
