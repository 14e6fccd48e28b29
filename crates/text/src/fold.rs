//! Text in the form in which readers compare it.

use icu_casemap::CaseMapper;
use unicode_normalization::UnicodeNormalization;

use crate::letters::{Written, is_accent, is_ignorable, is_mark, is_of_word, punctuation, written};

/// The text as its readers type it: without capitals and accents, each letter, digit, quotation mark and dash in one
/// form, and runs of spaces as one. `fold("Ação") == "acao"`; traditional, simplified and Japanese characters have one
/// form, as have hiragana and katakana. Texts with equal folds count as the same text.
#[must_use]
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return spaced(text.chars().map(|letter| written_ascii(letter.to_ascii_lowercase())));
    }
    let decomposed: String = text.chars().flat_map(apart).nfkd().collect();
    let mut bare = String::with_capacity(decomposed.len());
    let mut on = None;
    for letter in decomposed.chars().filter(|letter| !is_ignorable(*letter)) {
        if is_mark(letter) {
            if !is_accent(letter, on) {
                bare.push(letter);
            }
        } else {
            bare.push(letter);
            on = Some(letter);
        }
    }
    let folded = CaseMapper::new().fold_string(&bare);
    let mut one_way = String::with_capacity(folded.len());
    for letter in folded.chars() {
        match written(letter) {
            Written::As(letter) => one_way.push(letter),
            Written::AsText(letters) => one_way.push_str(letters),
            Written::Not => {}
        }
    }
    spaced(one_way.nfc())
}

/// The form in which names are compared: their words, folded, without punctuation; “&” is “and”. An apostrophe is
/// removed (`O’Toole` is `otoole`), any other mark becomes a space. A name of punctuation alone is returned folded.
#[must_use]
pub fn key(name: &str) -> String {
    let folded = fold(name);
    let mut words = String::with_capacity(folded.len());
    for letter in folded.chars() {
        match letter {
            '\'' | '"' => {}
            '&' => words.push_str(" and "),
            letter if is_of_word(letter) => words.push(letter),
            _ => words.push(' '),
        }
    }
    // Folded once more, because a mark that followed an apostrophe now follows a letter or another mark.
    let key = fold(&words);
    if key.is_empty() { folded } else { key }
}

/// A character, with a space before it if needed, as input to decomposition. Without the space “½” and the exponent of
/// “Alien³” would merge with the digit or letter before; and a spacing accent would decompose into a space and a mark.
fn apart(letter: char) -> impl Iterator<Item = char> {
    let needs_a_space =
        matches!(letter, '²' | '³' | '¹' | '\u{2070}'..='\u{2079}' | '¼'..='¾' | '\u{2150}'..='\u{215e}');
    needs_a_space.then_some(' ').into_iter().chain([punctuation(letter)])
}

fn written_ascii(letter: char) -> char {
    if letter.is_ascii_control() {
        ' '
    } else {
        punctuation(letter)
    }
}

/// The text with each run of whitespace as one space, and none at its ends.
fn spaced(letters: impl Iterator<Item = char>) -> String {
    let mut text = String::with_capacity(letters.size_hint().0);
    for letter in letters {
        if !letter.is_whitespace() {
            text.push(letter);
        } else if !text.is_empty() && !text.ends_with(' ') {
            text.push(' ');
        }
    }
    text.truncate(text.trim_end().len());
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn accents_and_capitals_do_not_count() {
        for (text, folded) in [
            ("Ação", "acao"),
            ("LIMITE", "limite"),
            ("Åsa-Nisse på hal is", "asa-nisse pa hal is"),
            ("Straße", "strasse"),
            ("STRAẞE", "strasse"),
            ("Dreyer’s Ordet", "dreyer's ordet"),
            ("Łódź", "lodz"),
            ("Æon ﬂux", "aeon flux"),
            ("İstanbul", "istanbul"),
            ("ISTANBUL", "istanbul"),
            ("Işık", "isik"),
            ("Đặng Nhật Minh", "dang nhat minh"),
            ("Lagos\u{a0}\u{3000} Blues ", "lagos blues"),
            ("Ｆｕｌｌ　ｗｉｄｔｈ　２０４６", "full width 2046"),
        ] {
            assert_eq!(fold(text), folded);
        }
    }

    #[test]
    fn spellings_of_one_word_fold_alike() {
        for (one, other) in [
            // Greek: the sigma at the end, accents, breathings.
            ("ΓΗΣ", "Γης"),
            ("Ὀδύσσεια", "οδυσσεια"),
            ("Μαΐου", "ΜΑΙΟΥ"),
            // Arabic: alif and hamza, ya, ta marbuta, short vowels, tatweel; Persian letters and its zero-width joint.
            ("علي بابا", "على بابا"),
            ("أحمد", "احمد"),
            ("إسماعيل", "اسماعيل"),
            ("آسيا", "اسيا"),
            ("مدرسة", "مدرسه"),
            ("مُحَمَّد", "محمد"),
            ("محـــمد", "محمد"),
            ("مؤمن", "مومن"),
            ("عباس کیارستمی", "عباس كيارستمي"),
            ("می\u{200c}خواهم", "میخواهم"),
            // Hebrew: points, and the marks of abbreviations.
            ("שָׁלוֹם", "שלום"),
            ("צה״ל", "צה\"ל"),
            ("ג׳ירף", "ג'ירף"),
            // Russian: yo and stress marks.
            ("Берёза", "береза"),
            ("за\u{301}мок", "замок"),
            // Traditional, simplified and Japanese characters.
            ("臥虎藏龍", "卧虎藏龙"),
            ("竜", "龍"),
            ("發", "发"),
            // Kana: katakana, half a width, voicing marks apart.
            ("ゴジラ", "ごじら"),
            ("ｺﾞｼﾞﾗ", "ゴジラ"),
            ("か\u{3099}", "が"),
            // Hangul in its letters.
            ("\u{1100}\u{1175}", "기"),
            // Digits.
            ("٢٠٤٦", "2046"),
            ("२०४६", "2046"),
            ("Rocky Ⅱ", "rocky ii"),
            // Fractions and exponents become words of their own.
            ("8½", "8 1/2"),
            ("Alien³", "alien 3"),
            ("Dreyer’s", "Dreyer's"),
            ("Spider‑Man", "spider-man"),
            ("soft\u{ad}hyphen", "softhyphen"),
        ] {
            assert_eq!(fold(one), fold(other), "{one} and {other}");
        }
    }

    #[test]
    fn letters_that_only_look_alike_are_two() {
        for (one, other) in [
            ("राम", "रमा"),
            ("कमल", "कमला"),
            ("แม่", "แม"),
            ("かき", "がき"),
            ("ははは", "ばばば"),
            ("Толстой", "Толстои"),
            ("தமிழ்", "தமிழ"),
            ("বাংলা", "বংল"),
            ("김", "긴"),
        ] {
            assert_ne!(fold(one), fold(other), "{one} and {other}");
        }
    }

    #[test]
    fn names_are_compared_without_punctuation() {
        for (one, other) in [
            ("J. R. R. Tolkien", "J.R.R. Tolkien"),
            ("Robert Downey, Jr.", "Robert Downey Jr"),
            ("Peter O’Toole", "Peter OToole"),
            ("Jean-Luc Godard", "jean luc godard"),
            ("Fast & Furious", "fast and furious"),
            ("צה״ל", "צהל"),
            ("プロ・ルージュ", "プロ ルージュ"),
        ] {
            assert_eq!(key(one), key(other), "{one} and {other}");
        }
        assert_ne!(key("Jo Anna Lee"), key("Joanna Lee"));
        assert_ne!(key("राम"), key("रमा"));
    }

    #[test]
    fn a_mark_after_an_apostrophe_belongs_to_the_letter_before() {
        assert_eq!(key("e'\u{301}"), "e");
        assert_eq!(key("か'\u{3099}"), "か\u{3099}".nfc().collect::<String>());
        // Two marks whose order is given by their classes.
        assert_eq!(key("\u{10a38}\"\u{16af0}"), "\u{16af0}\u{10a38}");
    }

    #[test]
    fn a_name_of_punctuation_alone_is_itself() {
        assert_eq!(key("!!!"), "!!!");
        assert_ne!(key("!!!"), key("???"));
        assert_eq!(key("…"), "...");
    }

    proptest! {
        #[test]
        fn folding_twice_is_folding_once(text in "\\PC{0,40}") {
            prop_assert_eq!(fold(&fold(&text)), fold(&text));
        }

        #[test]
        fn composed_and_decomposed_text_fold_alike(text in "\\PC{0,40}") {
            let (composed, decomposed): (String, String) = (text.nfc().collect(), text.nfd().collect());
            prop_assert_eq!(fold(&composed), fold(&decomposed));
        }

        #[test]
        fn the_key_of_a_key_is_itself(text in "\\PC{0,40}") {
            prop_assert_eq!(key(&key(&text)), key(&text));
        }
    }
}
