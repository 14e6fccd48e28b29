//! The pages of films as guests see them, remembered for half a second: a page that many look at is made twice a second,
//! not for each of them. What a customer holds is added to it, and is never remembered.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;

use crate::Clock;
use crate::fresh::Fresh;
use crate::language::Languages;

/// Pages that are remembered, of some kilobytes each.
const PAGES: u64 = 2_000;
/// No longer than a replica of the catalogue may be behind.
const VALIDITY: Duration = Duration::from_millis(500);

pub(crate) struct FilmPages {
    made: Fresh<(u64, Bytes)>,
    /// How often this gateway was told that a film has changed.
    changes: AtomicU64,
}

/// Which page is asked for, and how far the gateway had heard of changes then.
pub(crate) struct Asked {
    key: String,
    changes: u64,
}

impl FilmPages {
    pub(crate) fn new(clock: Clock) -> Self {
        Self {
            made: Fresh::new(PAGES, VALIDITY, clock),
            changes: AtomicU64::new(0),
        }
    }

    /// Must come before the page is made: what is heard of meanwhile makes it old.
    pub(crate) fn ask(&self, title_id: &str, languages: &Languages) -> Asked {
        Asked {
            key: format!("{title_id} {languages}"),
            changes: self.changes.load(Ordering::Acquire),
        }
    }

    pub(crate) fn get(&self, asked: &Asked) -> Option<Bytes> {
        let (changes, page) = self.made.get(&asked.key)?;
        (changes == asked.changes).then_some(page)
    }

    pub(crate) fn keep(&self, asked: &Asked, page: Bytes) {
        self.made.keep(&asked.key, (asked.changes, page));
    }

    /// A film has changed, and any page may show it.
    pub(crate) fn forget(&self) {
        self.changes.fetch_add(1, Ordering::Release);
    }
}

/// A JSON object with the fields of another one behind its own.
pub(crate) fn with_fields(object: &[u8], fields: &impl Serialize) -> serde_json::Result<Bytes> {
    let mut joined = Vec::with_capacity(object.len() + FIELDS_BYTES);
    joined.extend_from_slice(object.strip_suffix(b"}").unwrap_or(object));
    let begins = joined.len();
    serde_json::to_writer(&mut joined, fields)?;
    joined[begins] = b',';
    Ok(joined.into())
}

/// About what is added.
const FIELDS_BYTES: usize = 512;

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn fields_of_two_objects_are_one_objects() {
        let joined = with_fields(br#"{"id":"1","names":["a}"]}"#, &json!({"orders_open": true})).unwrap();
        let read: Value = serde_json::from_slice(&joined).unwrap();
        assert_eq!(read, json!({"id": "1", "names": ["a}"], "orders_open": true}));
    }

    #[test]
    fn a_page_made_while_a_film_changed_is_not_shown_again() {
        let pages = FilmPages::new(std::sync::Arc::new(|| 1_000_000));
        let languages = Languages::default();
        let asked = pages.ask("1", &languages);
        pages.forget();
        pages.keep(&asked, Bytes::from_static(b"{}"));
        let again = pages.ask("1", &languages);
        assert_eq!(pages.get(&again), None);
        pages.keep(&again, Bytes::from_static(b"{}"));
        assert!(pages.get(&pages.ask("1", &languages)).is_some());
        assert!(pages.get(&pages.ask("2", &languages)).is_none());
    }
}
