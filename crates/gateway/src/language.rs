//! Which of a title's names and texts a reader gets, by Accept-Language.

use std::convert::Infallible;
use std::fmt;

use api::catalogue::LocalizedText;
use axum::extract::FromRequestParts;
use http::header::ACCEPT_LANGUAGE;
use http::request::Parts;
use languages::Language;

/// The language of the catalogue's own names.
const OWN: &str = "en";
/// More wishes than this are not heard.
const WISHES: usize = 8;

/// The languages a reader wishes for, best first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Languages(Vec<String>);

impl Languages {
    pub(crate) fn parse(accept_language: &str) -> Self {
        let mut wishes: Vec<(String, f32)> = accept_language.split(',').take(WISHES).filter_map(wish).collect();
        // Stable: languages of one weight stay in the order written.
        wishes.sort_by(|(_, left), (_, right)| right.total_cmp(left));
        Self(wishes.into_iter().map(|(tag, _)| tag).collect())
    }

    /// The name in the best language there is; the catalogue's own when that is wished for first, or none is there.
    pub(crate) fn name<'a>(&self, own: &'a str, names: &'a [LocalizedText]) -> &'a str {
        for wish in &self.0 {
            if let Some(found) = find(wish, names) {
                return found;
            }
            if primary(wish).eq_ignore_ascii_case(OWN) {
                return own;
            }
        }
        own
    }

    /// The language of that name; none when it is the catalogue's own.
    pub(crate) fn of_name<'a>(&self, names: &'a [LocalizedText]) -> Option<&'a str> {
        for wish in &self.0 {
            if let Some(found) = position(wish, names) {
                return Some(&names[found].language);
            }
            if primary(wish).eq_ignore_ascii_case(OWN) {
                return None;
            }
        }
        None
    }

    /// The text in the best language there is, else in the catalogue's own, else in any.
    pub(crate) fn text(&self, mut texts: Vec<LocalizedText>) -> Option<String> {
        let mut wishes = self.0.iter().map(String::as_str).chain([OWN]);
        let best = wishes.find_map(|wish| position(wish, &texts)).unwrap_or(0);
        (best < texts.len()).then(|| texts.swap_remove(best).text)
    }

    /// The language that a page or a mail for this reader should have.
    pub(crate) fn spoken(&self) -> Language {
        self.0.iter().find_map(|wish| Language::near(wish)).unwrap_or_default()
    }
}

/// What was wished for, as a key: wishes that are alike are written alike.
impl fmt::Display for Languages {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|tag| write!(formatter, "{tag},"))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Languages {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let value = parts.headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        Ok(value.map(Self::parse).unwrap_or_default())
    }
}

/// `pt-BR;q=0.8`; what has no weight weighs 1, what weighs nothing is not wished for.
fn wish(text: &str) -> Option<(String, f32)> {
    let (tag, parameters) = text.split_once(';').unwrap_or((text, ""));
    let weight = parameters
        .trim()
        .strip_prefix("q=")
        .map_or(Some(1.0), |weight| weight.parse().ok())?;
    let tag = tag.trim();
    (weight > 0.0 && !tag.is_empty()).then(|| (tag.to_owned(), weight))
}

fn find<'a>(wish: &str, texts: &'a [LocalizedText]) -> Option<&'a str> {
    position(wish, texts).map(|index| texts[index].text.as_str())
}

/// The very language, or else another of its kind: who reads `pt` reads `pt-BR`.
fn position(wish: &str, texts: &[LocalizedText]) -> Option<usize> {
    let exact = texts.iter().position(|text| text.language.eq_ignore_ascii_case(wish));
    let kin = |text: &LocalizedText| primary(&text.language).eq_ignore_ascii_case(primary(wish));
    exact.or_else(|| texts.iter().position(kin))
}

fn primary(tag: &str) -> &str {
    tag.split('-').next().unwrap_or(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(languages: &[&str]) -> Vec<LocalizedText> {
        let text = |language: &&str| LocalizedText {
            language: (*language).to_owned(),
            text: format!("in {language}"),
        };
        languages.iter().map(text).collect()
    }

    #[test]
    fn a_reader_of_portuguese_gets_brazils() {
        let names = texts(&["es", "pt-BR"]);
        for wished in ["pt-BR", "pt", "pt-PT,en;q=0.9", "de;q=0.2, pt;q=0.7"] {
            assert_eq!(Languages::parse(wished).name("own", &names), "in pt-BR", "{wished}");
        }
    }

    #[test]
    fn the_catalogues_own_name_answers_english_before_a_later_wish() {
        let names = texts(&["pt-BR"]);
        assert_eq!(Languages::parse("en-US,en;q=0.9,pt;q=0.8").name("own", &names), "own");
        assert_eq!(Languages::parse("ja").name("own", &names), "own");
        assert_eq!(Languages::default().name("own", &names), "own");
    }

    #[test]
    fn a_text_falls_back_to_english_and_then_to_any() {
        assert_eq!(
            Languages::parse("pt").text(texts(&["en", "pt-BR"])).unwrap(),
            "in pt-BR"
        );
        assert_eq!(Languages::parse("ja").text(texts(&["pt-BR", "en"])).unwrap(), "in en");
        assert_eq!(Languages::parse("ja").text(texts(&["pt-BR"])).unwrap(), "in pt-BR");
        assert_eq!(Languages::parse("ja").text(Vec::new()), None);
    }

    #[test]
    fn a_reader_is_spoken_to_in_a_language_we_write() {
        assert_eq!(Languages::parse("tlh, pt-PT;q=0.5").spoken().tag(), "pt-BR");
        assert_eq!(Languages::parse("tlh").spoken().tag(), "en");
    }

    #[test]
    fn weights_that_are_no_numbers_are_not_heard() {
        assert_eq!(Languages::parse("pt;q=high, , ;q=1, es;q=0").0, Vec::<String>::new());
    }
}
