//! Exports titles: all of them, or those that a filter selects, in the order of their ids.

use std::vec::IntoIter;

use store::Db;
use uuid::Uuid;

use crate::fault::Result;
use crate::title::store::titles;
use crate::title::{Facts, Title};

/// Titles that are read at once, even for a smaller batch: a read of one costs about as much as a read of many.
const PAGE: usize = 500;
/// A batch ends at about this size, because a message holds 4 MiB.
const BATCH_BYTES: usize = 1024 * 1024;

/// Which titles are wanted. Values of one filter are alternatives; all filters must hold.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    pub(crate) genres: Vec<String>,
    pub(crate) decades: Vec<i32>,
    pub(crate) countries: Vec<String>,
    pub(crate) languages: Vec<String>,
}

impl Filter {
    fn holds(&self, facts: &Facts) -> bool {
        let any = |wanted: &[String], has: &[String]| wanted.is_empty() || has.iter().any(|one| wanted.contains(one));
        let decade = facts.year.div_euclid(10) * 10;
        any(&self.genres, &facts.genres)
            && any(&self.countries, &facts.countries)
            && any(&self.languages, &facts.languages)
            && (self.decades.is_empty() || self.decades.contains(&decade))
    }
}

/// The state of an export under way.
pub(crate) struct Export {
    db: Db,
    filter: Filter,
    batch_size: usize,
    /// How many titles may still be exported.
    left: usize,
    /// The last title that the filter was applied to.
    after: Uuid,
    /// Titles that were read, and that the filter was not applied to yet.
    read: IntoIter<Title>,
}

impl Export {
    /// An export of the titles after one, at most `left` of them.
    pub(crate) fn new(db: Db, filter: Filter, batch_size: usize, left: usize, after: Uuid) -> Self {
        Self {
            db,
            filter,
            batch_size,
            left,
            after,
            read: Vec::new().into_iter(),
        }
    }

    /// The next batch, and the last title that the filter was applied to; `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<(Vec<Title>, Uuid)>> {
        let (mut batch, mut size) = (Vec::new(), 0);
        let most = self.batch_size.min(self.left);
        while batch.len() < most && size < BATCH_BYTES {
            let Some(title) = self.look().await? else { break };
            if self.filter.holds(&title.facts) {
                size += title.bytes();
                batch.push(title);
            }
        }
        self.left -= batch.len();
        Ok((!batch.is_empty()).then_some((batch, self.after)))
    }

    async fn look(&mut self) -> Result<Option<Title>> {
        if self.read.len() == 0 {
            let limit = i64::try_from(PAGE.min(self.left)).unwrap_or(i64::MAX);
            self.read = titles::page(&self.db, self.after, limit).await?.into_iter();
        }
        let title = self.read.next();
        if let Some(title) = &title {
            self.after = title.id;
        }
        Ok(title)
    }
}
