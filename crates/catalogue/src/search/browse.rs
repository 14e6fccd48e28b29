//! Searches without words: every title matches, so the counts are cached by filter, and a page is read from a sorted list.

use std::ops::Range;
use std::sync::Arc;

use moka::sync::Cache;

use crate::search::facets::{Filters, filter, score_by_end};
use crate::search::index::State;
use crate::search::matches::Match;
use crate::search::order::Position;
use crate::search::projection::{Ordinal, Projection};
use crate::search::{Effort, Facets, Found, Query, SearchError, Sort};

/// How many combinations of filters have cached counts, of a few kilobytes each.
const KEPT: u64 = 256;

/// The counts of the titles that pass some filters.
#[derive(Debug)]
struct Counted {
    total: usize,
    facets: Facets,
    /// In microseconds since 1970 UTC: the time in which the counts hold, because no offer begins or ends.
    holds: Range<i64>,
}

/// The cached counts, by their filters.
#[derive(Debug)]
pub(super) struct Counts {
    kept: Cache<Query, Arc<Counted>>,
}

impl Default for Counts {
    fn default() -> Self {
        Self { kept: Cache::new(KEPT) }
    }
}

impl Counts {
    fn get(
        &self,
        query: &Query,
        projection: &Projection,
        now_us: i64,
        effort: Effort,
    ) -> Result<Arc<Counted>, SearchError> {
        let filters = query.filters();
        let kept = self.kept.get(&filters);
        if let Some(counted) = kept.filter(|counted| counted.holds.contains(&now_us)) {
            return Ok(counted);
        }
        effort.go_through(projection.len())?;
        let (passed, facets) = filter(projection.ordinals(), |ordinal| *ordinal, query, projection, now_us);
        let counted = Arc::new(Counted {
            total: passed.len(),
            facets,
            holds: projection.unchanging(now_us, query.ends_within_days),
        });
        self.kept.insert(filters, Arc::clone(&counted));
        Ok(counted)
    }
}

impl State {
    /// A page of the films that pass the filters.
    pub(super) fn browse(&self, query: &Query, now_us: i64, effort: Effort) -> Result<Found, SearchError> {
        let counted = self.counts.get(query, &self.projection, now_us, effort)?;
        let filters = Filters::new(query, &self.projection, now_us);
        let passes = |ordinal: &Ordinal| filters.pass(self.projection.entry(*ordinal));
        let (ids, next) = if query.sort == Sort::EndsSoon {
            effort.go_through(self.projection.len())?;
            let matches = self.projection.ordinals().filter(passes);
            let mut matches: Vec<_> = matches.map(|ordinal| Match { ordinal, score: 0 }).collect();
            score_by_end(&mut matches, query, &self.projection, now_us);
            self.best(matches, query.sort, query.after.as_ref(), query.limit, effort)?
        } else {
            // The fewer titles pass, the more of them the search reads until the page is full.
            let titles = self.projection.len();
            effort.go_through(titles.min(titles * (query.limit + 1) / (counted.total + 1)))?;
            let order = self.orders.get(query.sort, &self.projection, effort)?;
            let mut passing = order.after(query.after.as_ref(), &self.projection).filter(passes);
            let page = passing.by_ref().take(query.limit);
            let page: Vec<_> = page.map(|ordinal| self.projection.entry(ordinal)).collect();
            let last = page.last().filter(|_| passing.next().is_some());
            let next = last.map(|last| Position::new(query.sort, 0, *last));
            (page.iter().map(|entry| entry.row().id).collect(), next)
        };
        Ok(Found {
            ids,
            next,
            total: counted.total,
            facets: counted.facets.clone(),
        })
    }
}
