//! One definition of equal text, for everything that compares what people type: search, suggestions, people, accounts.
//!
//! - [`nfc`] is the form in which text is stored and hashed: the same letters are the same bytes, whichever keyboard
//!   typed them.
//! - [`caseless`] ignores capitals and nothing else: for mail addresses, for example.
//! - [`fold`] compares as a reader does: without capitals, accents and variants of a letter.
//! - [`key`] compares names: like [`fold`], and without punctuation.
//! - [`has_invisible`] and [`is_blank`] detect text that looks like other text.

mod fold;
mod han;
mod invisible;
mod letters;

use std::borrow::Cow;

use icu_casemap::CaseMapper;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

pub use crate::fold::{fold, key};
pub use crate::invisible::{has_invisible, is_blank};
pub use crate::letters::{is_mark, is_of_word};

/// The text in Unicode's normal form C: “é” is one character, whether it was typed as one or as a letter and an accent.
#[must_use]
pub fn nfc(text: &str) -> Cow<'_, str> {
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => Cow::Borrowed(text),
        _ => Cow::Owned(text.nfc().collect()),
    }
}

/// The text without capitals, in normal form C: `caseless("İpek") == caseless("İPEK")`. Accents count, and so does the
/// dot of “i”.
#[must_use]
pub fn caseless(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let decomposed: String = text.nfd().collect();
    CaseMapper::new().fold_string(&decomposed).nfc().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_accent_is_the_same_however_it_was_typed() {
        assert_eq!(nfc("e\u{301}"), "é");
        assert_eq!(nfc("\u{1112}\u{1161}\u{11ab}"), "한");
        assert!(matches!(nfc("não"), Cow::Borrowed("não")));
    }

    #[test]
    fn capitals_do_not_count_and_accents_do() {
        assert_eq!(caseless("JOSÉ@Example.ORG"), "josé@example.org");
        assert_eq!(caseless("İpek"), caseless("İPEK"));
        assert_eq!(caseless("İpek"), caseless("I\u{307}pek"));
        assert_eq!(caseless("ΓΗΣ"), caseless("Γης"));
        assert_eq!(caseless("STRASSE"), caseless("Straße"));
        assert_ne!(caseless("jose"), caseless("josé"));
        assert_ne!(caseless("ışık"), caseless("isik"));
    }

    proptest! {
        #[test]
        fn text_without_capitals_stays_as_it_is(text in "\\PC{0,40}") {
            let once = caseless(&text);
            prop_assert_eq!(caseless(&once), once);
        }
    }
}
