//! Detects text that looks like other text.

use icu_properties::CodePointMapData;
use icu_properties::props::GeneralCategory;

use crate::letters::{is_ignorable, is_mark};

/// Whether a line of text contains characters that show nothing or change how others are shown: U+200B, U+FEFF, U+202E,
/// line breaks. Two texts may differ by them and look the same. The joiners that some scripts and emoji need are not
/// counted, because they change what they join.
#[must_use]
pub fn has_invisible(text: &str) -> bool {
    let mut before = None;
    for letter in text.chars() {
        if is_invisible(letter) && !belongs(letter, before) {
            return true;
        }
        before = Some(letter);
    }
    false
}

/// Whether a text shows nothing: it is empty, or consists of spaces, marks without a letter and invisible characters.
#[must_use]
pub fn is_blank(text: &str) -> bool {
    text.chars()
        .all(|letter| letter.is_whitespace() || is_mark(letter) || is_invisible(letter))
}

fn is_invisible(letter: char) -> bool {
    if letter.is_ascii() {
        return letter.is_ascii_control();
    }
    is_ignorable(letter)
        // The empty cell of braille.
        || letter == '\u{2800}'
        || match CodePointMapData::<GeneralCategory>::new().get(letter) {
            GeneralCategory::Control
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator
            | GeneralCategory::PrivateUse => true,
            // The format characters of Arabic, Syriac and Kaithi are drawn around numbers.
            GeneralCategory::Format => !matches!(
                letter,
                '\u{600}'..='\u{605}' | '\u{6dd}' | '\u{70f}' | '\u{890}' | '\u{891}' | '\u{8e2}' | '\u{110bd}' | '\u{110cd}'
            ),
            _ => false,
        }
}

/// Whether an invisible character has its purpose here: it follows a character that it can join, or whose look it selects.
fn belongs(letter: char, before: Option<char>) -> bool {
    let Some(before) = before else { return false };
    match letter {
        // Between letters of joining scripts, and of emoji.
        '\u{200c}' => joins(before),
        '\u{200d}' => joins(before) || is_picture(before) || before == '\u{fe0f}',
        '\u{fe0e}' | '\u{fe0f}' => is_picture(before),
        // Variation selectors of Chinese and of Mongolian characters.
        '\u{fe00}'..='\u{fe02}' | '\u{e0100}'..='\u{e01ef}' => {
            matches!(before, '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
        }
        '\u{180b}'..='\u{180d}' | '\u{180f}' => matches!(before, '\u{1820}'..='\u{18aa}'),
        _ => false,
    }
}

/// The scripts from Arabic to Mongolian, without their spaces and signs.
fn joins(letter: char) -> bool {
    matches!(letter, '\u{620}'..='\u{18af}' | '\u{a840}'..='\u{abff}') && !is_invisible(letter)
}

/// Includes digits, stars and arrows, which can be drawn as emoji.
fn is_picture(letter: char) -> bool {
    matches!(letter, '#' | '*' | '0'..='9' | '©' | '®' | '\u{203c}'..='\u{3299}' | '\u{1f000}'..='\u{1faff}')
        && !is_invisible(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_show_nothing_are_found() {
        for letter in [
            '\u{200b}',
            '\u{feff}',
            '\u{202e}',
            '\u{202a}',
            '\u{2066}',
            '\u{200e}',
            '\u{61c}',
            '\u{ad}',
            '\u{2060}',
            '\u{180e}',
            '\u{3164}',
            '\u{115f}',
            '\u{ffa0}',
            '\u{2800}',
            '\u{34f}',
            '\u{0}',
            '\n',
            '\t',
            '\u{7f}',
            '\u{85}',
            '\u{2028}',
            '\u{2029}',
            '\u{e0041}',
            '\u{fff9}',
            '\u{e000}',
            '\u{200c}',
            '\u{200d}',
            '\u{fe0f}',
        ] {
            assert!(has_invisible(&format!("Ana{letter}Silva")), "{letter:?}");
            assert!(has_invisible(&letter.to_string()), "{letter:?}");
            assert!(is_blank(&format!(" {letter}")), "{letter:?}");
        }
    }

    #[test]
    fn names_as_people_write_them_have_none() {
        for name in [
            "",
            "Ana Silva",
            "İpek",
            "José\u{a0}Maria",
            "राम",
            "क्\u{200d}ष",
            "می\u{200c}خواهم",
            "葛\u{e0100}城",
            "제임스",
            "山田\u{3000}太郎",
            "❤\u{fe0f} Lúcia",
            "👩\u{200d}🎤 Zé",
            "👨\u{1f3fd}\u{200d}💻",
            "e\u{301}",
            "D'Ávila-Ñúñez",
            "علي",
            "\u{601}١٢",
            "שָׁלוֹם",
            "1\u{fe0f}\u{20e3}",
        ] {
            assert!(!has_invisible(name), "{name:?}");
        }
    }

    #[test]
    fn a_name_that_shows_nothing_is_blank() {
        assert!(is_blank("") && is_blank(" \u{3000}\u{301}"));
        assert!(!is_blank("…") && !is_blank("é") && !is_blank("٠"));
    }
}
