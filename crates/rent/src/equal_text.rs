//! When two texts of an account are the same, though they came in other bytes: the one definition for addresses, names
//! and passwords.
//!
//! Devices write one letter in several ways (`é` as one sign or as two), languages have letters that change when their
//! case does (İ, ß, ς), and an international domain has two spellings. What people take for the same is the same here.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

/// A text with each letter written in one way (NFC). It looks the same.
pub(crate) fn composed(text: &str) -> String {
    text.nfc().collect()
}

/// The form in which two texts are the same that differ in case, or in how a letter is written or shaped.
pub(crate) fn folded(text: &str) -> String {
    /// İ has it in lower case; for people the letter is an i.
    const DOT_ABOVE: char = '\u{307}';
    let shaped: String = text.nfkc().collect();
    // By way of upper case: ß and ss, ς and σ, ı and i meet there.
    let lower = shaped.to_uppercase().to_lowercase();
    let mut folded = String::with_capacity(lower.len());
    for one in lower.nfd() {
        if one != DOT_ABOVE || !folded.ends_with('i') {
            folded.push(one);
        }
    }
    folded.nfc().collect()
}

/// A text without accents, in lower case.
pub(crate) fn unaccented(text: &str) -> String {
    let letters = text
        .nfd()
        .filter(|one| !unicode_normalization::char::is_combining_mark(*one));
    letters.collect::<String>().to_lowercase()
}

/// The form of a domain that mail servers use, in which an international one is the same as its `xn--` spelling.
pub(crate) fn domain(text: &str) -> Option<Cow<'_, str>> {
    let ascii = idna::domain_to_ascii_cow(text.as_bytes(), idna::AsciiDenyList::URL).ok()?;
    (!ascii.is_empty()).then_some(ascii)
}

/// Whether a sign shows nothing, or changes the order in which others are read: with it, two names that look the same
/// are not.
pub(crate) fn is_invisible(one: char) -> bool {
    one.is_control()
        || is_joiner(one)
        || matches!(
            one,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{2800}'
            | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
        )
}

/// Signs that show nothing by themselves and shape the ones beside them: Persian, Indic scripts and emoji need them.
fn is_joiner(one: char) -> bool {
    matches!(one, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}')
}

/// Whether a text of one line shows what it is: nothing invisible, and joiners only behind what they join.
pub(crate) fn is_visible(text: &str) -> bool {
    let mut before = ' ';
    let all_show = text.chars().all(|one| {
        let joins = is_joiner(one) && !before.is_whitespace() && !is_joiner(before);
        before = one;
        joins || !is_invisible(one)
    });
    let shows =
        |one: char| !one.is_whitespace() && !is_invisible(one) && !unicode_normalization::char::is_combining_mark(one);
    all_show && text.chars().any(shows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_is_the_same_in_whatever_bytes_and_case_it_comes() {
        for (one, other) in [
            ("é", "e\u{301}"),
            ("İpek", "ipek"),
            ("İPEK", "i\u{307}pek"),
            ("Straße", "STRASSE"),
            ("ΓΗΣ", "γης"),
            ("ﬁlm", "film"),
            ("ＡＮＡ", "ana"),
            ("ığdır", "IĞDIR"),
        ] {
            assert_eq!(folded(one), folded(other), "{one} {other}");
            assert_eq!(folded(&folded(one)), folded(one), "{one}");
        }
        assert_ne!(folded("ana"), folded("anã"));
    }

    #[test]
    fn an_international_domain_has_one_form() {
        assert_eq!(domain("exämple.com").unwrap(), "xn--exmple-cua.com");
        assert_eq!(domain("EXÄMPLE.com").unwrap(), domain("xn--exmple-cua.com").unwrap());
        assert_eq!(domain("exa\u{308}mple.com").unwrap(), "xn--exmple-cua.com");
        assert!(domain("").is_none() && domain("exa mple.com").is_none());
    }

    #[test]
    fn what_shows_nothing_is_seen() {
        for text in [
            "a\u{200b}b",
            "\u{feff}ana",
            "ana\u{202e}",
            "\u{3164}",
            "\u{2800}",
            "\u{ad}",
            "a\u{2028}b",
            "\u{200d}",
            "\u{301}",
        ] {
            assert!(!is_visible(text), "{text:?}");
        }
        for text in [
            "Ana",
            "می\u{200c}خواهم",
            "👩\u{200d}🚀",
            "❤\u{fe0f}",
            "क्\u{200d}ष",
            "e\u{301}",
        ] {
            assert!(is_visible(text), "{text:?}");
        }
    }
}
