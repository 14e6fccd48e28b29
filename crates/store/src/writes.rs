//! How often things are written, for whoever remembers what was read: it is true as long as its count stays.
//!
//! Only where no other process writes. A write counts when it is announced and once more when its transaction has ended,
//! so what was read meanwhile is not taken for what stands afterwards.

use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::db::Db;
use crate::transaction::Tx;

/// Counts that there are; things share them, and then only read more often than they must.
const COUNTS: usize = 4096;

#[derive(Debug)]
pub(crate) struct Writes {
    counts: Box<[AtomicU64]>,
    hasher: RandomState,
}

impl Default for Writes {
    fn default() -> Self {
        Self {
            counts: (0..COUNTS).map(|_| AtomicU64::new(0)).collect(),
            hasher: RandomState::new(),
        }
    }
}

impl Writes {
    fn count(&self, place: usize) -> &AtomicU64 {
        &self.counts[place]
    }

    fn place(&self, thing: &impl Hash) -> usize {
        usize::try_from(self.hasher.hash_one(thing) % COUNTS as u64).unwrap_or_default()
    }
}

/// What a transaction has said that it writes.
#[derive(Debug, Default)]
pub(crate) struct Writing {
    counts: Option<Arc<Writes>>,
    places: Vec<usize>,
}

impl Writing {
    pub(crate) fn counted_in(counts: &Arc<Writes>) -> Self {
        Self {
            counts: Some(Arc::clone(counts)),
            places: Vec::new(),
        }
    }

    fn announce(&mut self, thing: &impl Hash) {
        if let Some(counts) = &self.counts {
            let place = counts.place(thing);
            counts.count(place).fetch_add(1, Ordering::AcqRel);
            self.places.push(place);
        }
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        for &place in &self.places {
            if let Some(counts) = &self.counts {
                counts.count(place).fetch_add(1, Ordering::AcqRel);
            }
        }
    }
}

impl Tx {
    /// Says that it writes what a thing is read from, before it does.
    pub fn writes(&mut self, thing: &impl Hash) {
        self.writing.announce(thing);
    }
}

impl Db {
    /// The count of writes of a thing, to be taken before it is read: what was read is true as long as the count is the
    /// same. None where other processes may write.
    pub fn writes_of(&self, thing: &impl Hash) -> Option<u64> {
        match self {
            Self::Sqlite(db) => Some(db.writes.count(db.writes.place(thing)).load(Ordering::Acquire)),
            Self::Postgres(_) => None,
        }
    }
}
