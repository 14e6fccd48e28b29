//! Parses names of countries and languages in English, Portuguese and Spanish.

use std::collections::HashMap;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

const COUNTRIES: &str = include_str!("names/countries.tsv");
const LANGUAGES: &str = include_str!("names/languages.tsv");

static COUNTRY_CODES: LazyLock<HashMap<String, &str>> = LazyLock::new(|| table(COUNTRIES));
static LANGUAGE_TAGS: LazyLock<HashMap<String, &str>> = LazyLock::new(|| table(LANGUAGES));

fn table(lines: &'static str) -> HashMap<String, &'static str> {
    let mut table = HashMap::new();
    for line in lines.lines().filter(|line| !line.starts_with('#')) {
        let mut names = line.split('\t');
        let code = names.next().unwrap_or_default();
        // Not every language has a name in all three.
        for name in names.chain([code]).map(key).filter(|name| !name.is_empty()) {
            table.entry(name).or_insert(code);
        }
    }
    table
}

/// A name without the words that people leave out or write as a sign: "The Netherlands", "Antigua & Barbuda".
fn key(name: &str) -> String {
    let folded = fold(name);
    let words: Vec<_> = folded
        .split(' ')
        .filter(|word| !matches!(*word, "and" | "the"))
        .collect();
    // Andorra's code is one of these words.
    if words.is_empty() { folded } else { words.join(" ") }
}

/// Several names with a word between them: "Brasil e França". `None` if one of them is not known.
pub(super) fn joined<T>(names: &str, known: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    let between = [" e ", " y ", " and ", " & ", " et "];
    let between = between.into_iter().find(|between| names.contains(between))?;
    names.split(between).map(|name| known(name.trim())).collect()
}

/// The code of a country, by its name or by its code in any case.
pub(crate) fn country(name: &str) -> Option<&'static str> {
    COUNTRY_CODES.get(&key(name)).copied()
}

/// The tag of a language, by its name, its code of three letters or a tag in any case; `None` if its language is not known.
pub(crate) fn language(name: &str) -> Option<String> {
    if let Some(tag) = LANGUAGE_TAGS.get(&key(name)) {
        return Some((*tag).to_owned());
    }
    let tag = tag(name)?;
    let (primary, rest) = tag.split_once('-')?;
    let primary = LANGUAGE_TAGS.get(primary)?;
    Some(format!("{primary}-{rest}"))
}

/// A BCP 47 tag in its usual case: `pt-BR` for `PT-br`.
pub(super) fn tag(text: &str) -> Option<String> {
    let mut parts = text.trim().split(['-', '_']);
    let language = parts.next()?.to_ascii_lowercase();
    let is_tag = (2..=3).contains(&language.len()) && language.bytes().all(|letter| letter.is_ascii_lowercase());
    let mut tag = is_tag.then_some(language)?;
    for part in parts {
        if !(1..=8).contains(&part.len()) || !part.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return None;
        }
        tag.push('-');
        match part.len() {
            2 => tag.push_str(&part.to_ascii_uppercase()),
            4 if part.is_ascii() => {
                let (first, rest) = part.split_at(1);
                tag.push_str(&first.to_ascii_uppercase());
                tag.push_str(&rest.to_ascii_lowercase());
            }
            _ => tag.push_str(&part.to_ascii_lowercase()),
        }
    }
    Some(tag)
}

/// Whether all letters of a text are Latin, with any marks.
pub(super) fn is_latin(text: &str) -> bool {
    let mut letters = text
        .nfkd()
        .filter(|letter| letter.is_alphabetic() || is_combining_mark(*letter));
    letters.all(|letter| matches!(letter, '\0'..='\u{36f}' | '\u{1d00}'..='\u{1eff}'))
}

/// Letters and digits in lower case and without accents; anything else becomes one space.
pub(crate) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for letter in text.nfkd().filter(|letter| !is_combining_mark(*letter)) {
        if letter.is_alphanumeric() {
            folded.extend(letter.to_lowercase());
        } else if !folded.ends_with(' ') && !folded.is_empty() {
            folded.push(' ');
        }
    }
    folded.truncate(folded.trim_end().len());
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_are_known_by_their_names_and_codes() {
        for (name, code) in [
            ("Brasil", "BR"),
            ("brazil", "BR"),
            ("Alemanha", "DE"),
            ("Alemania", "DE"),
            ("Côte d’Ivoire", "CI"),
            ("EUA", "US"),
            ("br", "BR"),
            ("União Soviética", "SU"),
            ("Hong Kong", "HK"),
            ("Turkey", "TR"),
            ("Türkiye", "TR"),
            ("Turquia", "TR"),
            ("West Germany", "DE"),
            ("The Netherlands", "NL"),
            ("Bosnia and Herzegovina", "BA"),
            ("Bosnia & Herzegovina", "BA"),
            ("Ivory Coast", "CI"),
            ("Myanmar", "MM"),
            ("Viet Nam", "VN"),
            ("U.S.", "US"),
            ("U.S.A.", "US"),
            ("U.K.", "GB"),
            ("BRA", "BR"),
            ("AND", "AD"),
            ("Democratic Republic of the Congo", "CD"),
            ("Islamic Republic of Iran", "IR"),
        ] {
            assert_eq!(country(name), Some(code), "{name}");
        }
        for name in ["Ruritania", "", "?"] {
            assert_eq!(country(name), None, "{name}");
        }
    }

    #[test]
    fn several_are_known_with_a_word_between_them() {
        assert_eq!(joined("Brasil e França", country), Some(vec!["BR", "FR"]));
        assert_eq!(joined("Argentina y Chile", country), Some(vec!["AR", "CL"]));
        assert_eq!(joined("Italy and Ruritania", country), None);
        assert_eq!(joined("Brasil", country), None);
    }

    #[test]
    fn languages_are_known_by_their_names_and_tags() {
        for (name, tag) in [
            ("Português", "pt"),
            ("portugués", "pt"),
            ("português (Brasil)", "pt-BR"),
            ("German", "de"),
            ("pt-br", "pt-BR"),
            ("zh_hant_tw", "zh-Hant-TW"),
            ("mudo", "zxx"),
            ("Chinese (Traditional)", "zh-Hant"),
            ("Farsi", "fa"),
            ("Brazilian Portuguese", "pt-BR"),
            ("Spanish (Latin America)", "es-419"),
            ("Libras", "bzs"),
            ("por", "pt"),
            ("POB", "pt-BR"),
            ("eng", "en"),
            ("ger", "de"),
            ("deu", "de"),
            ("fre", "fr"),
            ("por-BR", "pt-BR"),
            ("cmn", "zh"),
            ("zxx", "zxx"),
        ] {
            assert_eq!(language(name).as_deref(), Some(tag), "{name}");
        }
        for name in ["Klingonisch", "old", "xx-BR", "", "-", "português europeu antigo"] {
            assert_eq!(language(name), None, "{name}");
        }
    }
}
