//! Titles by their ids: from memory while the cached one is the latest, otherwise from the database.

use std::collections::HashMap;
use std::sync::Arc;

use moka::sync::Cache;
use store::Db;
use uuid::Uuid;

use crate::fault::Result;
use crate::search::Index;
use crate::title::Title;
use crate::title::store::titles;

/// About how much memory the cached titles may take.
const KEPT_BYTES: u64 = 24 * 1024 * 1024;

pub(crate) struct Titles {
    db: Db,
    /// It follows the feed, so it knows which revision of a title is the latest.
    index: Arc<Index>,
    kept: Cache<Uuid, Arc<Title>>,
}

impl Titles {
    pub(crate) fn new(db: Db, index: Arc<Index>) -> Self {
        let weigh = |_: &Uuid, title: &Arc<Title>| u32::try_from(title.bytes()).unwrap_or(u32::MAX);
        Self {
            db,
            index,
            kept: Cache::builder().max_capacity(KEPT_BYTES).weigher(weigh).build(),
        }
    }

    pub(crate) async fn get(&self, id: Uuid) -> Result<Option<Arc<Title>>> {
        Ok(self.get_many(&[id]).await?.pop())
    }

    /// Those of the titles that exist, in the order of the ids.
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
