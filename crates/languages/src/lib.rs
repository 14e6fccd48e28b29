//! The languages that the store speaks, and its texts in them for pages and mails: the folders of `languages`, at the top of the
//! repository. No code knows which languages there are.

/// The language of readers who read none of the others. Its folder is what the others are measured by.
const FALLBACK: &str = "en";

type File = (&'static str, &'static str);

/// Each language's tag and its files, by their names. `build.rs` lists them.
static LANGUAGES: &[(&str, &[File])] = include!(concat!(env!("OUT_DIR"), "/languages.rs"));

/// A language that the store speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Language(&'static str);

impl Language {
    pub fn all() -> impl Iterator<Item = Self> {
        LANGUAGES.iter().map(|(tag, _)| Self(tag))
    }

    /// The language of a BCP 47 tag, or another of its kind: who reads `pt-PT` reads `pt-BR`.
    pub fn near(tag: &str) -> Option<Self> {
        let tag = tag.replace('_', "-");
        let is_same = |language: &Self| language.0.eq_ignore_ascii_case(&tag);
        let is_kin = |language: &Self| primary(language.0).eq_ignore_ascii_case(primary(&tag));
        Self::all().find(is_same).or_else(|| Self::all().find(is_kin))
    }

    /// The nearest language there is to a BCP 47 tag.
    pub fn nearest(tag: &str) -> Self {
        Self::near(tag).unwrap_or_default()
    }

    /// Its BCP 47 tag, which is the name of its folder.
    pub fn tag(self) -> &'static str {
        self.0
    }

    /// A file of its folder, such as `gateway/terms.md`.
    pub fn file(self, name: &str) -> Option<&'static str> {
        self.files().find_map(|(known, text)| (known == name).then_some(text))
    }

    /// The files of its folder that this program has in it, with their names.
    pub fn files(self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let own = LANGUAGES.iter().find(|(tag, _)| *tag == self.0);
        own.into_iter().flat_map(|(_, files)| files.iter().copied())
    }
}

impl Default for Language {
    fn default() -> Self {
        Self(FALLBACK)
    }
}

fn primary(tag: &str) -> &str {
    tag.split('-').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_gets_the_nearest_language() {
        for (tag, language) in [
            ("pt-BR", "pt-BR"),
            ("pt", "pt-BR"),
            ("PT-pt", "pt-BR"),
            ("pt_BR", "pt-BR"),
            ("es", "es"),
            ("es-MX", "es"),
            ("es-419", "es"),
            ("en", "en"),
            ("en-GB", "en"),
            ("", "en"),
            ("ptolemaic", "en"),
            ("est", "en"),
        ] {
            assert_eq!(Language::nearest(tag).tag(), language, "{tag}");
        }
        assert_eq!(Language::near("tlh"), None);
    }

    #[test]
    fn every_language_is_found_by_its_own_tag() {
        assert!(Language::all().count() > 2);
        assert!(Language::all().any(|language| language == Language::default()));
        for language in Language::all() {
            assert_eq!(Language::nearest(language.tag()), language);
        }
    }

    #[test]
    fn every_language_has_the_files_of_the_first_and_nothing_empty() {
        let names = |language: Language| language.files().map(|(name, _)| name).collect::<Vec<_>>();
        assert!(names(Language::default()).len() > 10);
        for language in Language::all() {
            assert_eq!(names(language), names(Language::default()), "{language:?}");
            for (name, text) in language.files() {
                assert!(!text.trim().is_empty(), "{language:?}: {name}");
            }
        }
    }
}
