//! What the gateway itself writes into pages, in the page's language: `gateway/head.json` of each folder of `languages`.

use std::collections::HashMap;
use std::sync::LazyLock;

use languages::Language;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Texts {
    /// The language as Open Graph names it: with a territory, such as `en_US`.
    pub(super) og_locale: String,
    pub(super) description: String,
    pub(super) all_films: String,
    pub(super) films: String,
    pub(super) collections: String,
    pub(super) genres: String,
    /// What is said of a person, with `{name}` and `{films}`.
    person: String,
}

impl Texts {
    pub(super) fn of(language: Language) -> &'static Self {
        static TEXTS: LazyLock<HashMap<&str, Texts>> = LazyLock::new(|| {
            Language::all()
                .map(|language| (language.tag(), Texts::parse(language)))
                .collect()
        });
        &TEXTS[language.tag()]
    }

    #[expect(
        clippy::expect_used,
        reason = "the files are compiled in, and a test reads all of them"
    )]
    fn parse(language: Language) -> Self {
        let text = language
            .file("gateway/head.json")
            .expect("every language has a head.json");
        serde_json::from_str(text).expect("every head.json is whole")
    }

    pub(super) fn person(&self, name: &str, films: &str) -> String {
        // A name may have braces in it, and is no place for films.
        let parts = self.person.split("{name}");
        parts
            .map(|part| part.replace("{films}", films))
            .collect::<Vec<_>>()
            .join(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_says_what_pages_are_about() {
        for language in Language::all() {
            let told = Texts::parse(language).person("Ana {films}", "Limite, {name}");
            assert!(
                told.contains("Ana {films}") && told.contains("Limite, {name}"),
                "{told}"
            );
        }
    }
}
