//! Giving titles out: all of them, or those that a filter lets through, by their ids.

use store::Db;
use uuid::Uuid;

use crate::fault::Result;
use crate::store::titles;
use crate::title::{Facts, Title};
use crate::titles::bytes;

/// Titles that are read at once.
const PAGE: usize = 500;
/// A batch ends when it has grown to this, about: a message holds 4 MiB.
const BATCH_BYTES: usize = 1024 * 1024;

/// Which titles are wanted. Values of one filter are alternatives; different filters all hold.
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

/// An export under way: how far it has come.
pub(crate) struct Export {
    pub(crate) db: Db,
    pub(crate) filter: Filter,
    pub(crate) batch_size: usize,
    /// How many titles may still come.
    pub(crate) left: usize,
    /// The last title that was looked at.
    pub(crate) after: Uuid,
}

impl Export {
    /// The next batch; none at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<Title>>> {
        let (mut batch, mut size) = (Vec::new(), 0);
        let most = self.batch_size.min(self.left);
        while batch.len() < most && size < BATCH_BYTES {
            let limit = PAGE.min(most - batch.len());
            let page = titles::page(&self.db, self.after, i64::try_from(limit).unwrap_or(i64::MAX)).await?;
            if page.is_empty() {
                break;
            }
            for title in page {
                if size >= BATCH_BYTES {
                    break;
                }
                self.after = title.id;
                if self.filter.holds(&title.facts) {
                    size += bytes(&title);
                    batch.push(title);
                }
            }
        }
        self.left -= batch.len();
        Ok((!batch.is_empty()).then_some(batch))
    }
}
