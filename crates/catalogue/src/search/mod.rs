//! Finding films: a derived index on disk for the words, and a compact projection in memory for everything else.
//!
//! tantivy knows which titles match some words and how well. The projection holds what filters, facets and orders need
//! of every title. Both follow the catalogue's feed and can be rebuilt from the database at any time.

mod browse;
mod disk;
mod facets;
mod genres;
mod index;
mod kind;
mod lexicon;
mod lookup;
mod matches;
mod nasals;
mod numbers;
mod order;
mod price;
mod projection;
mod records;
pub(crate) mod related;
mod spelling;
mod standing;
mod texts;
mod values;
mod words;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub(crate) use index::Index;
pub(crate) use kind::Kind;
pub(crate) use order::Position;
pub(crate) use price::PriceBand;

/// The facts of a title that the search needs.
#[derive(Debug, Clone)]
pub(crate) struct Document {
    pub(crate) id: Uuid,
    /// A title that is not listed is never found; the index knows only its revision.
    pub(crate) is_listed: bool,
    pub(crate) name: String,
    /// The original name, and those in other languages.
    pub(crate) other_names: Vec<String>,
    pub(crate) directors: Vec<String>,
    /// The best known first.
    pub(crate) cast: Vec<String>,
    pub(crate) year: i32,
    pub(crate) genres: Vec<String>,
    pub(crate) countries: Vec<String>,
    pub(crate) languages: Vec<String>,
    pub(crate) kinds: Vec<Kind>,
    /// How often it was ordered lately.
    pub(crate) orders: i32,
    pub(crate) popularity: i32,
    /// How complete its facts are.
    pub(crate) completeness: u16,
    pub(crate) created_at_us: i64,
    /// The catalogue's revision at which the title was written last.
    pub(crate) revision: i64,
    pub(crate) rent: Option<OnSale>,
    pub(crate) buy: Option<OnSale>,
}

/// An offer's price band, and when it can be ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OnSale {
    pub(crate) band: PriceBand,
    /// In microseconds since 1970 UTC; 0 is "no bound".
    pub(crate) from_us: i64,
    pub(crate) until_us: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum OfferKind {
    Rent,
    Buy,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Sort {
    /// The best match first; without words the most popular.
    #[default]
    Relevance,
    Popular,
    /// The newest in the store first.
    Newest,
    /// The latest year first.
    Year,
    Name,
    /// The title whose open offer ends first.
    EndsSoon,
}

/// A search. The values of one filter are alternatives; all filters must hold, and one open offer must meet all conditions on offers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Query {
    pub(crate) text: String,
    pub(crate) genres: Vec<String>,
    /// The first year of each decade.
    pub(crate) decades: Vec<i32>,
    pub(crate) years: Vec<i32>,
    pub(crate) countries: Vec<String>,
    pub(crate) languages: Vec<String>,
    pub(crate) kinds: Vec<Kind>,
    pub(crate) offers: Vec<OfferKind>,
    pub(crate) prices: Vec<PriceBand>,
    /// An open offer must end within this many days; 0 does not ask.
    pub(crate) ends_within_days: u16,
    pub(crate) sort: Sort,
    /// The position at which the previous page ended.
    pub(crate) after: Option<Position>,
    pub(crate) limit: usize,
}

impl Query {
    /// The filters alone, without words, order and page.
    fn filters(&self) -> Self {
        Self {
            text: String::new(),
            sort: Sort::default(),
            after: None,
            limit: 0,
            ..self.clone()
        }
    }
}

/// How much work a search may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effort {
    /// Only in memory, and over few titles, so that it can run on a thread that serves other calls. A search that needs
    /// more fails with [`SearchError::TakesLonger`].
    AtOnce,
    AsNeeded,
}

impl Effort {
    /// How many titles a search may go through with [`Effort::AtOnce`].
    const TITLES_AT_ONCE: usize = 10_000;

    /// Checks that the search may go through this many titles.
    fn go_through(self, titles: usize) -> Result<(), SearchError> {
        self.spend(titles > Self::TITLES_AT_ONCE)
    }

    /// Checks that the search may do what takes long.
    fn spend(self, takes_long: bool) -> Result<(), SearchError> {
        if takes_long && self == Self::AtOnce {
            return Err(SearchError::TakesLonger);
        }
        Ok(())
    }
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) ids: Vec<Uuid>,
    /// Where the next page begins; `None` on the last page.
    pub(crate) next: Option<Position>,
    pub(crate) total: usize,
    pub(crate) facets: Facets,
}

/// How many of the found titles have each value, the most frequent first. A facet's own filter does not narrow its counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Facets {
    pub(crate) genres: Vec<(String, usize)>,
    pub(crate) decades: Vec<(String, usize)>,
    pub(crate) countries: Vec<(String, usize)>,
    pub(crate) languages: Vec<(String, usize)>,
    pub(crate) kinds: Vec<(String, usize)>,
    pub(crate) years: Vec<(String, usize)>,
    pub(crate) offers: Vec<(String, usize)>,
    /// The cheapest first in each currency.
    pub(crate) prices: Vec<(String, usize)>,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum SearchError {
    #[error("the search index failed")]
    Index(#[from] tantivy::TantivyError),
    #[error("the folder of the search index cannot be used")]
    Folder(#[from] std::io::Error),
    #[error("the file {} of the search index is damaged", .0.display())]
    Damaged(PathBuf),
    #[error("it takes longer than it may")]
    TakesLonger,
}

#[cfg(test)]
mod counted_tests;
#[cfg(test)]
mod kills;
#[cfg(test)]
mod numbers_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod typed_tests;
