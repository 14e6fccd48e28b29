//! Properties of single characters, and which characters are variants of the same one.

use icu_properties::CodePointSetData;
use icu_properties::props::DefaultIgnorableCodePoint;
use unicode_normalization::char::is_combining_mark;

use crate::han;

/// Whether the character combines with the letter before it: an accent, or a vowel sign.
#[must_use]
pub fn is_mark(letter: char) -> bool {
    !letter.is_ascii() && is_combining_mark(letter)
}

/// Whether words consist of such characters: letters, digits, and the marks on them.
#[must_use]
pub fn is_of_word(letter: char) -> bool {
    letter.is_alphanumeric() || is_mark(letter)
}

/// Whether the character shows nothing by itself, as the zero-width joiners do.
pub(crate) fn is_ignorable(letter: char) -> bool {
    letter > '\u{ac}' && CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(letter)
}

/// Whether the mark is an accent that readers omit when they type: those of Latin, Greek, Cyrillic, Hebrew and Arabic.
/// In other scripts a mark distinguishes words: राम and रमा are two people.
#[expect(clippy::match_same_arms, reason = "an arm for each script")]
pub(crate) fn is_accent(mark: char, on: Option<char>) -> bool {
    match mark {
        // й and ў are letters of their own, as are ї and ѓ; a stress mark and the points of ё are not.
        '\u{306}' => !matches!(on, Some('и' | 'И' | 'у' | 'У')),
        '\u{308}' => !matches!(on, Some('і' | 'І')),
        '\u{301}' => !matches!(on, Some('г' | 'Г' | 'к' | 'К')),
        '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' => true,
        '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}' => true,
        // Cyrillic: old marks of numbers and abbreviations.
        '\u{483}'..='\u{489}' | '\u{2de0}'..='\u{2dff}' | '\u{a66f}'..='\u{a67d}' => true,
        // Hebrew: points and cantillation.
        '\u{591}'..='\u{5c7}' | '\u{fb1e}' => true,
        // Arabic: short vowels, the hamza on its bearer, marks of recitation.
        '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{6d6}'..='\u{6ed}' => true,
        '\u{890}'..='\u{8ff}' | '\u{10ec0}'..='\u{10eff}' => true,
        // Syriac.
        '\u{711}' | '\u{730}'..='\u{74a}' => true,
        _ => false,
    }
}

/// The form of a character for which there are several that readers take for the same.
pub(crate) enum Written {
    As(char),
    AsText(&'static str),
    Not,
}

/// The one form of a character, after decomposition and without capitals.
pub(crate) fn written(letter: char) -> Written {
    let one = match letter {
        'ß' => return Written::AsText("ss"),
        'æ' => return Written::AsText("ae"),
        'œ' => return Written::AsText("oe"),
        'þ' => return Written::AsText("th"),
        'ø' => 'o',
        'ł' => 'l',
        'đ' | 'ð' | 'ɖ' | 'ɗ' => 'd',
        'ħ' => 'h',
        'ŧ' => 't',
        'ŋ' => 'n',
        'ɓ' => 'b',
        'ƙ' | 'ĸ' => 'k',
        // The Azerbaijani schwa, and a letter that was used in its place.
        'ə' | 'ǝ' => 'e',
        'ı' => 'i',
        // Arabic: the alif with wasla, the ya and kaf of Persian and Urdu, the ta marbuta; the tatweel only stretches a
        // word.
        'ٱ' => 'ا',
        'ى' | 'ی' | 'ے' => 'ي',
        'ک' => 'ك',
        'ة' | 'ہ' | 'ھ' | 'ە' | 'ۃ' => 'ه',
        'ـ' => return Written::Not,
        // Katakana as hiragana, and its two marks of repetition.
        'ァ'..='ヶ' | 'ヽ' | 'ヾ' => shifted(letter, -0x60),
        '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}' => han::unified(letter),
        _ if letter.is_control() => ' ',
        _ if letter.is_numeric() && !letter.is_ascii() => digit(letter),
        _ => punctuation(letter),
    };
    Written::As(one)
}

/// Quotation marks and dashes in the form that keyboards have.
#[expect(clippy::match_same_arms, reason = "an arm for each kind of mark")]
pub(crate) fn punctuation(letter: char) -> char {
    match letter {
        '´' | '`' | '\u{2b9}'..='\u{2bf}' | '\u{2c8}' | '\u{2ca}' | '\u{2cb}' | '\u{384}' | '\u{5f3}' => '\'',
        '‘' | '’' | '‚' | '‛' | '′' | '‵' => '\'',
        '“' | '”' | '„' | '‟' | '″' | '‶' | '\u{5f4}' | '〝' | '〞' | '〟' => '"',
        '‐'..='―' | '⁃' | '−' | '\u{5be}' | '\u{58a}' | '\u{1806}' => '-',
        '⁄' | '∕' => '/',
        _ => letter,
    }
}

/// The zeros of other scripts; the other nine digits follow each of them in order.
const ZEROS: [char; 32] = [
    '\u{660}', '\u{6f0}', '\u{7c0}', '\u{966}', '\u{9e6}', '\u{a66}', '\u{ae6}', '\u{b66}', '\u{be6}', '\u{c66}',
    '\u{ce6}', '\u{d66}', '\u{de6}', '\u{e50}', '\u{ed0}', '\u{f20}', '\u{1040}', '\u{1090}', '\u{17e0}', '\u{1810}',
    '\u{1946}', '\u{19d0}', '\u{1a80}', '\u{1a90}', '\u{1b50}', '\u{1bb0}', '\u{1c40}', '\u{1c50}', '\u{a620}',
    '\u{a8d0}', '\u{a900}', '\u{a9d0}',
];

fn digit(letter: char) -> char {
    let zero = ZEROS.into_iter().rev().find(|zero| *zero <= letter);
    let value = zero.map(|zero| u32::from(letter) - u32::from(zero));
    value.and_then(|value| char::from_digit(value, 10)).unwrap_or(letter)
}

fn shifted(letter: char, by: i32) -> char {
    let moved = u32::from(letter).checked_add_signed(by);
    moved.and_then(char::from_u32).unwrap_or(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_are_in_order_and_end_a_run_of_ten() {
        assert!(ZEROS.is_sorted());
        for zero in ZEROS {
            assert!(zero.is_numeric() && shifted(zero, 9).is_numeric(), "{zero:?}");
            assert_eq!((digit(zero), digit(shifted(zero, 9))), ('0', '9'));
        }
        assert_eq!(digit('½'), '½');
    }
}
