//! The orders of results, and where a page of them ends.

use std::cmp::Ordering;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::search::projection::{Entry, Ordinal, Projection};
use crate::search::{Effort, SearchError, Sort};

/// The position of a title in an order. It holds the values that the order sorts by, so it stays valid when the title changes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Position {
    sort: Sort,
    /// How well the words match, or how soon the title's offer ends; 0 in orders that use neither.
    pub(super) score: u32,
    standing: u64,
    created_at_us: i64,
    year: i32,
    name: String,
    id: Uuid,
}

impl Position {
    pub(super) fn new(sort: Sort, score: u32, entry: Entry<'_>) -> Self {
        let name = if sort == Sort::Name {
            entry.name().to_owned()
        } else {
            String::new()
        };
        Self {
            sort,
            score,
            standing: entry.standing(),
            created_at_us: entry.row().created_at_us,
            year: entry.year,
            name,
            id: entry.row().id,
        }
    }

    fn place(&self) -> Place<'_> {
        Place {
            standing: self.standing,
            created_at_us: self.created_at_us,
            year: self.year,
            name: &self.name,
            id: self.id,
        }
    }
}

/// The values that any order may sort by.
struct Place<'a> {
    standing: u64,
    created_at_us: i64,
    year: i32,
    name: &'a str,
    id: Uuid,
}

impl<'a> Place<'a> {
    fn of(entry: Entry<'a>, standing: u64) -> Self {
        Self {
            standing,
            created_at_us: entry.row().created_at_us,
            year: entry.year,
            name: entry.name(),
            id: entry.row().id,
        }
    }

    fn compare(&self, other: &Self, sort: Sort) -> Ordering {
        let order = match sort {
            Sort::Relevance | Sort::Popular | Sort::EndsSoon => Ordering::Equal,
            Sort::Newest => other.created_at_us.cmp(&self.created_at_us),
            Sort::Year => other.year.cmp(&self.year),
            Sort::Name => self.name.cmp(other.name),
        };
        let order = order.then(other.standing.cmp(&self.standing));
        order.then(self.id.cmp(&other.id))
    }
}

/// All titles in one order.
#[derive(Debug)]
pub(super) struct Order {
    sort: Sort,
    sorted: Vec<Ordinal>,
    /// The rank of each ordinal in `sorted`.
    ranks: Vec<u32>,
}

impl Order {
    fn new(sort: Sort, projection: &Projection) -> Self {
        // Each title's standing is calculated once, not at each comparison.
        let standings: Vec<_> = projection
            .ordinals()
            .map(|ordinal| projection.entry(ordinal).standing())
            .collect();
        let place = |ordinal: Ordinal| Place::of(projection.entry(ordinal), standings[ordinal as usize]);
        let mut sorted: Vec<_> = projection.ordinals().collect();
        sorted.sort_unstable_by(|&a, &b| place(a).compare(&place(b), sort));
        let mut ranks = vec![0; sorted.len()];
        for (rank, &ordinal) in (0..).zip(&sorted) {
            ranks[ordinal as usize] = rank;
        }
        Self { sort, sorted, ranks }
    }

    pub(super) fn rank(&self, ordinal: Ordinal) -> u32 {
        self.ranks[ordinal as usize]
    }

    /// All titles after a position, or from the first on.
    pub(super) fn after(&self, position: Option<&Position>, projection: &Projection) -> impl Iterator<Item = Ordinal> {
        let begin = position.map_or(0, |position| self.rank_after(position, projection) as usize);
        self.sorted.get(begin..).unwrap_or_default().iter().copied()
    }

    /// The rank of the first title after a position; the title that had this position may have another one by now.
    pub(super) fn rank_after(&self, position: &Position, projection: &Projection) -> u32 {
        let position = position.place();
        let not_after = |&ordinal: &Ordinal| {
            let entry = projection.entry(ordinal);
            Place::of(entry, entry.standing()).compare(&position, self.sort).is_le()
        };
        u32::try_from(self.sorted.partition_point(not_after)).unwrap_or(u32::MAX)
    }
}

/// The sorted lists, each made when it is first needed after a change.
#[derive(Debug, Default)]
pub(super) struct Orders {
    popular: OnceLock<Order>,
    newest: OnceLock<Order>,
    year: OnceLock<Order>,
    name: OnceLock<Order>,
}

impl Orders {
    pub(super) fn get(&self, sort: Sort, projection: &Projection, effort: Effort) -> Result<&Order, SearchError> {
        let order = match sort {
            Sort::Relevance | Sort::Popular | Sort::EndsSoon => &self.popular,
            Sort::Newest => &self.newest,
            Sort::Year => &self.year,
            Sort::Name => &self.name,
        };
        effort.spend(order.get().is_none())?;
        Ok(order.get_or_init(|| Order::new(sort, projection)))
    }
}
