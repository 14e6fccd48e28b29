//! Chinese characters that are written in several ways: simplified, traditional, Japanese.

use std::collections::HashMap;
use std::sync::LazyLock;

/// A class of characters on each line; the first one represents the class.
const CLASSES: &str = include_str!("../data/han.txt");

static FIRST_OF_CLASS: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
    let members = CLASSES.lines().flat_map(|class| {
        let mut characters = class.chars();
        let first = characters.next();
        characters.filter_map(move |other| Some((other, first?)))
    });
    members.collect()
});

/// The character that represents all variants of one: `龍` and `竜` are `龙`.
pub(crate) fn unified(character: char) -> char {
    FIRST_OF_CLASS.get(&character).copied().unwrap_or(character)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_way_to_write_a_character_is_one() {
        for class in ["龍竜龙", "藏蔵", "發髮発发", "澤沢泽"] {
            let unified: HashSet<_> = class.chars().map(unified).collect();
            assert_eq!(unified.len(), 1, "{class}");
        }
        assert_eq!(unified('龍'), '龙');
        assert_eq!(unified('虎'), '虎');
    }

    #[test]
    fn a_character_is_of_one_class() {
        let mut seen = HashSet::new();
        for character in CLASSES.lines().flat_map(str::chars) {
            assert!(seen.insert(character), "{character} is in two classes");
        }
        assert!(seen.len() > 8_000, "{}", seen.len());
    }
}
