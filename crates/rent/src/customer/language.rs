//! The languages of customers' mails.

/// Each is the name of a folder of texts, `mail/templates`. The first is for customers who speak none of these.
const LANGUAGES: [&str; 2] = ["en", "pt-BR"];

/// The language of a customer's mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Language(&'static str);

impl Language {
    pub fn all() -> impl Iterator<Item = Self> {
        LANGUAGES.into_iter().map(Self)
    }

    /// The supported language that is nearest to a BCP 47 tag.
    pub fn nearest(tag: &str) -> Self {
        let tag = tag.replace('_', "-");
        let is_same = |language: &&str| language.eq_ignore_ascii_case(&tag);
        let is_near = |language: &&str| primary(language).eq_ignore_ascii_case(primary(&tag));
        let exact = LANGUAGES.into_iter().find(is_same);
        let near = || LANGUAGES.into_iter().find(is_near);
        Self(exact.or_else(near).unwrap_or(LANGUAGES[0]))
    }

    /// Its BCP 47 tag.
    pub fn tag(self) -> &'static str {
        self.0
    }
}

fn primary(tag: &str) -> &str {
    tag.split('-').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_is_in_portuguese_or_in_english() {
        for (tag, language) in [
            ("pt-BR", "pt-BR"),
            ("pt", "pt-BR"),
            ("PT-pt", "pt-BR"),
            ("pt_BR", "pt-BR"),
            ("en", "en"),
            ("en-GB", "en"),
            ("", "en"),
            ("ptolemaic", "en"),
        ] {
            assert_eq!(Language::nearest(tag).tag(), language, "{tag}");
        }
    }

    #[test]
    fn every_language_is_found_by_its_own_tag() {
        for language in Language::all() {
            assert_eq!(Language::nearest(language.tag()), language);
        }
    }
}
