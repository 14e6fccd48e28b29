//! What a language calls itself: players show it for a track that has no label.

/// Languages in which films are often subtitled; the longer tag first.
const ENDONYMS: [(&str, &str); 32] = [
    ("pt-BR", "Português (Brasil)"),
    ("pt-PT", "Português (Portugal)"),
    ("es-419", "Español (Latinoamérica)"),
    ("zh-Hans", "简体中文"),
    ("zh-Hant", "繁體中文"),
    ("ar", "العربية"),
    ("bg", "Български"),
    ("ca", "Català"),
    ("cs", "Čeština"),
    ("da", "Dansk"),
    ("de", "Deutsch"),
    ("el", "Ελληνικά"),
    ("en", "English"),
    ("es", "Español"),
    ("fi", "Suomi"),
    ("fr", "Français"),
    ("he", "עברית"),
    ("hi", "हिन्दी"),
    ("hu", "Magyar"),
    ("it", "Italiano"),
    ("ja", "日本語"),
    ("ko", "한국어"),
    ("nl", "Nederlands"),
    ("no", "Norsk"),
    ("pl", "Polski"),
    ("pt", "Português"),
    ("ro", "Română"),
    ("ru", "Русский"),
    ("sv", "Svenska"),
    ("tr", "Türkçe"),
    ("uk", "Українська"),
    ("zh", "中文"),
];

/// The language's own name, or its tag if it is not in the list.
pub(crate) fn of(language: &str) -> &str {
    let primary = language.split('-').next().unwrap_or(language);
    let find = |tag: &str| ENDONYMS.iter().find(|(known, _)| *known == tag).map(|(_, name)| *name);
    find(language).or_else(|| find(primary)).unwrap_or(language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_has_its_own_name_and_a_region_that_of_its_language() {
        assert_eq!(of("pt-BR"), "Português (Brasil)");
        assert_eq!(of("de-AT"), "Deutsch");
        assert_eq!(of("gsw"), "gsw");
    }
}
