//! Countries and languages as people write them, in English, Portuguese and Spanish.

use std::collections::HashMap;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

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
        for name in names.chain([code]).map(fold).filter(|name| !name.is_empty()) {
            table.entry(name).or_insert(code);
        }
    }
    table
}

/// The code of a country: of its name, or the code itself in any letter case.
pub(super) fn country(name: &str) -> Option<&'static str> {
    COUNTRY_CODES.get(&fold(name)).copied()
}

/// The tag of a language: of its name, or a tag in any letter case.
pub(super) fn language(name: &str) -> Option<String> {
    let known = LANGUAGE_TAGS.get(&fold(name)).map(|tag| (*tag).to_owned());
    known.or_else(|| tag(name))
}

/// A BCP 47 tag as it is written: `pt-BR` of `PT-br`.
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

/// Letters and digits in lower case and without accents, one space where anything else stood.
pub(super) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for letter in text
        .nfkd()
        .filter(|letter| !unicode_normalization::char::is_combining_mark(*letter))
    {
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
        ] {
            assert_eq!(country(name), Some(code), "{name}");
        }
        for name in ["Ruritania", "", "?"] {
            assert_eq!(country(name), None, "{name}");
        }
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
        ] {
            assert_eq!(language(name).as_deref(), Some(tag), "{name}");
        }
        for name in ["Klingonisch", "", "-", "português europeu antigo"] {
            assert_eq!(language(name), None, "{name}");
        }
    }
}
