//! Collections: films that staff have put together, with a text that says why.

pub(crate) mod keeping;
pub(crate) mod store;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::check::{Refusal, line, prose, refuse};
use crate::title::{Localized, localized};

/// The most collections of one catalogue.
pub(crate) const COLLECTIONS: i64 = 500;
/// The most titles of one.
pub(crate) const TITLES: usize = 100;
const ID_BYTES: usize = 64;
const NAME_CHARACTERS: usize = 100;
const DESCRIPTION_CHARACTERS: usize = 2_000;
const POSITIONS: std::ops::RangeInclusive<i32> = 0..=1_000_000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Collection {
    /// A slug: the last part of its page's address.
    pub(crate) id: String,
    /// Collections with a lower one come first.
    pub(crate) position: i32,
    pub(crate) facts: CollectionFacts,
}

/// The facts of a collection, stored as one JSON text: no SQL reads a field of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct CollectionFacts {
    pub(crate) names: Vec<Localized>,
    pub(crate) descriptions: Vec<Localized>,
    pub(crate) titles: Vec<Uuid>,
}

impl Collection {
    /// The collection in the form in which it is stored, or the first field that is wrong.
    pub(crate) fn check(self) -> Result<Self, Refusal> {
        if !is_slug(&self.id) {
            return refuse(
                "collection_id",
                "A collection's id has letters a-z, digits and “-” between them, such as german-expressionism.",
            );
        }
        if !POSITIONS.contains(&self.position) {
            return refuse("position", "A position is a number from 0 to 1000000.");
        }
        let names = localized("names", self.facts.names, line, NAME_CHARACTERS)?;
        if names.is_empty() {
            return refuse("names", "A collection has a name in at least one language.");
        }
        let titles = self.facts.titles;
        if !(1..=TITLES).contains(&titles.len()) {
            return refuse("title_ids", format!("A collection has 1 to {TITLES} titles."));
        }
        if let Some(place) = (1..titles.len()).find(|&place| titles[..place].contains(&titles[place])) {
            return refuse(
                format!("title_ids[{place}]"),
                "This title is in the collection already.",
            );
        }
        Ok(Self {
            facts: CollectionFacts {
                names,
                descriptions: localized("descriptions", self.facts.descriptions, prose, DESCRIPTION_CHARACTERS)?,
                titles,
            },
            ..self
        })
    }
}

fn is_slug(id: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(is_plain);
    id.len() <= ID_BYTES && id.split('-').all(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shadows() -> Collection {
        Collection {
            id: "shadows-1922".to_owned(),
            position: 1,
            facts: CollectionFacts {
                names: vec![Localized {
                    language: "en".to_owned(),
                    text: "Shadows".to_owned(),
                }],
                descriptions: Vec::new(),
                titles: vec![Uuid::from_u128(1), Uuid::from_u128(2)],
            },
        }
    }

    #[test]
    fn a_collection_has_a_slug_a_name_and_titles_once_each() {
        assert_eq!(shadows().check().unwrap(), shadows());
        for id in ["", "-", "a-", "-a", "a--b", "A", "a b", "a/b", "ação", &"a".repeat(65)] {
            let id = id.to_owned();
            assert_eq!(
                Collection { id, ..shadows() }.check().unwrap_err().field,
                "collection_id"
            );
        }
        let with = |change: fn(&mut CollectionFacts)| {
            let mut collection = shadows();
            change(&mut collection.facts);
            collection.check().unwrap_err().field
        };
        assert_eq!(with(|facts| facts.names.clear()), "names");
        assert_eq!(with(|facts| facts.names[0].text.insert(3, '\u{202e}')), "names");
        assert_eq!(with(|facts| "\u{3164}".clone_into(&mut facts.names[0].text)), "names");
        assert_eq!(with(|facts| facts.titles.clear()), "title_ids");
        assert_eq!(with(|facts| facts.titles.push(Uuid::from_u128(1))), "title_ids[2]");
        assert_eq!(with(|facts| facts.titles = vec![Uuid::nil(); 101]), "title_ids");
        let placed = Collection {
            position: -1,
            ..shadows()
        };
        assert_eq!(placed.check().unwrap_err().field, "position");
    }
}
