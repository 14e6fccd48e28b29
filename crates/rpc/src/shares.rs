//! Limits how much of a resource each caller may hold at once, so that one caller cannot take it all.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How much of a resource each caller holds, up to a limit.
#[derive(Debug)]
pub struct Shares<K: Hash + Eq> {
    most: usize,
    taken: Arc<Mutex<HashMap<K, usize>>>,
}

/// One piece of a caller's share, until it is dropped.
#[derive(Debug)]
pub struct Share<K: Hash + Eq> {
    key: K,
    taken: Arc<Mutex<HashMap<K, usize>>>,
}

impl<K: Hash + Eq + Clone> Shares<K> {
    /// Each caller may hold this much at once.
    pub fn new(most: usize) -> Self {
        Self {
            most,
            taken: Arc::default(),
        }
    }

    /// One more piece for a caller; none if the caller has reached the limit.
    pub fn take(&self, key: K) -> Option<Share<K>> {
        let mut taken = lock(&self.taken);
        let by_key = taken.entry(key.clone()).or_default();
        if *by_key >= self.most {
            return None;
        }
        *by_key += 1;
        let taken = Arc::clone(&self.taken);
        Some(Share { key, taken })
    }
}

impl<K: Hash + Eq> Drop for Share<K> {
    fn drop(&mut self) {
        let mut taken = lock(&self.taken);
        if let Some(by_key) = taken.get_mut(&self.key) {
            *by_key -= 1;
            if *by_key == 0 {
                taken.remove(&self.key);
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing panics while it holds the lock.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_its_share_and_gets_it_back() {
        let shares = Shares::new(2);
        let first = shares.take("ana").unwrap();
        let second = shares.take("ana").unwrap();
        assert!(shares.take("ana").is_none());
        let _bea = shares.take("bea").unwrap();
        drop(first);
        let _third = shares.take("ana").unwrap();
        drop(second);
        assert_eq!(lock(&shares.taken).len(), 2);
    }

    #[test]
    fn a_share_of_nothing_is_none() {
        assert!(Shares::new(0).take("ana").is_none());
    }
}
