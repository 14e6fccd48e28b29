//! Counts writes, so that a cache can check whether a value that it has read is still true: it is as long as the count
//! is the same.
//!
//! Only for databases that no other process writes. A write is counted when it is announced, and once more when its
//! transaction has ended, so that a value read in between does not count as the state after the transaction.

use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::db::Db;
use crate::transaction::Tx;

/// How many counts there are. Things share them, so a shared count only makes caches read more often than necessary.
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

/// The writes that a transaction has announced.
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
    /// Announces that this transaction writes the data of a thing; must be called before the write.
    pub fn writes(&mut self, thing: &impl Hash) {
        self.writing.announce(thing);
    }
}

impl Db {
    /// The count of a thing's writes, to be taken before reading it: what was read is true as long as the count is the
    /// same. None if other processes may write.
    pub fn writes_of(&self, thing: &impl Hash) -> Option<u64> {
        match self {
            Self::Sqlite(db) => Some(db.writes.count(db.writes.place(thing)).load(Ordering::Acquire)),
            Self::Postgres(_) => None,
        }
    }
}
