//! Titles by their ids, from memory where that is still true.

use std::collections::HashMap;
use std::sync::Arc;

use moka::sync::Cache;
use store::Db;
use uuid::Uuid;

use crate::fault::Result;
use crate::search::Index;
use crate::store::titles;
use crate::title::Title;

/// What the titles in memory may take, about.
const KEPT_BYTES: u64 = 24 * 1024 * 1024;
/// What a title takes beside its texts.
const TITLE_BYTES: usize = 500;
/// What a text in a list takes beside its letters.
const TEXT_BYTES: usize = 32;
/// And a person's id; lists of other texts are short.
const PERSON_BYTES: usize = 16;

pub(crate) struct Titles {
    db: Db,
    /// It follows the feed, so it knows which revision of a title is the latest.
    index: Arc<Index>,
    kept: Cache<Uuid, Arc<Title>>,
}

impl Titles {
    pub(crate) fn new(db: Db, index: Arc<Index>) -> Self {
        let weigh = |_: &Uuid, title: &Arc<Title>| u32::try_from(bytes(title)).unwrap_or(u32::MAX);
        Self {
            db,
            index,
            kept: Cache::builder().max_capacity(KEPT_BYTES).weigher(weigh).build(),
        }
    }

    pub(crate) async fn get(&self, id: Uuid) -> Result<Option<Arc<Title>>> {
        Ok(self.get_many(&[id]).await?.pop())
    }

    /// Those of some titles that there are, in the order asked.
    pub(crate) async fn get_many(&self, ids: &[Uuid]) -> Result<Vec<Arc<Title>>> {
        let kept = |(id, latest): (&Uuid, Option<i64>)| {
            let kept = self.kept.get(id);
            kept.filter(|title| latest.is_none_or(|latest| title.revision >= latest))
        };
        let known: Vec<_> = ids.iter().zip(self.index.revisions(ids)).map(kept).collect();
        let missing = ids.iter().zip(&known).filter(|(_, known)| known.is_none());
        let missing: Vec<_> = missing.map(|(id, _)| *id).collect();
        let mut found = HashMap::new();
        if !missing.is_empty() {
            for title in titles::find(&self.db, &missing).await? {
                let (id, title) = (title.id, Arc::new(title));
                self.kept.insert(id, Arc::clone(&title));
                found.insert(id, title);
            }
        }
        let titles = ids
            .iter()
            .zip(known)
            .map(|(id, known)| known.or_else(|| found.get(id).cloned()));
        Ok(titles.flatten().collect())
    }
}

/// What a title takes in memory, about, and a little more than it takes in a message.
pub(crate) fn bytes(title: &Title) -> usize {
    let facts = &title.facts;
    let lists = [
        &facts.countries,
        &facts.languages,
        &facts.subtitle_languages,
        &facts.directors,
        &facts.cast,
        &facts.genres,
    ];
    let lists = lists
        .into_iter()
        .flatten()
        .map(|text| text.len() + TEXT_BYTES + PERSON_BYTES);
    let localized = facts.localized_names.iter().chain(&facts.synopses);
    let localized = localized.map(|text| text.text.len() + 2 * TEXT_BYTES);
    TITLE_BYTES + facts.name.len() + facts.original_name.len() + lists.chain(localized).sum::<usize>()
}
