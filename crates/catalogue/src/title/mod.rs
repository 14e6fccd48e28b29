//! Titles: what the catalogue knows of a film.

pub(crate) mod assets;
pub(crate) mod export;
pub(crate) mod partial;
pub(crate) mod popularity;
pub(crate) mod shelf;
pub(crate) mod store;

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};
use text::key;
use uuid::Uuid;

use crate::check::{Refusal, country, language, line, list, prose, refuse, some_line, url};
use crate::media::Media;
use crate::offer::Offer;

/// From the first films to those that are only planned.
const YEARS: std::ops::RangeInclusive<i32> = 1870..=2100;
const RUNTIME_LIMIT_MINUTES: i32 = 6_000;
const POPULARITY_LIMIT: i32 = 100;
/// Brazil's age ratings, which a store there must show (Portaria MJSP 502/2021), and an empty one.
const AGE_RATINGS: [&str; 7] = ["", "L", "10", "12", "14", "16", "18"];

/// What a title takes in memory besides its texts.
const TITLE_BYTES: usize = 500;
/// What a text in a list takes besides its letters.
const TEXT_BYTES: usize = 32;
/// What the id of a person takes in addition; lists of other texts are short.
const PERSON_BYTES: usize = 16;

const NAME_CHARACTERS: usize = 200;
const PERSON_CHARACTERS: usize = 100;
const GENRE_CHARACTERS: usize = 50;
const SYNOPSIS_CHARACTERS: usize = 5_000;
const LICENCE_CHARACTERS: usize = 200;
const URL_CHARACTERS: usize = 2_000;
const COUNTRIES: usize = 20;
const LANGUAGES: usize = 100;
const DIRECTORS: usize = 20;
const CAST: usize = 100;
const GENRES: usize = 20;
const SOURCE_BYTES: usize = 64;
const SOURCE_ID_CHARACTERS: usize = 255;

/// People are identified by their names alone: this is the namespace of the ids that are derived from the names.
const PEOPLE: Uuid = Uuid::from_u128(0x8a2b_62c4_5b1e_4f0d_9c37_d0e4_71a6_58f3);

/// A film in the catalogue.
#[derive(Debug, Clone)]
pub(crate) struct Title {
    pub(crate) id: Uuid,
    pub(crate) identity: Identity,
    pub(crate) facts: Facts,
    pub(crate) people: People,
    /// At most one of each kind, rent first.
    pub(crate) offers: Vec<Offer>,
    /// How often it was ordered lately, as rent reports.
    pub(crate) orders: i32,
    pub(crate) media: Media,
    pub(crate) state: State,
    /// When it was first ordered; 0 is never. A title that was ordered keeps its name and its year, and cannot be deleted.
    pub(crate) ordered_at_us: i64,
    pub(crate) created_at_us: i64,
    /// The catalogue's revision at which this title was written last.
    pub(crate) revision: i64,
}

/// Whether customers see a title.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum State {
    #[default]
    Listed,
    /// It is not found, listed or sold; customers who have it keep it.
    Hidden,
    /// Only its row is left, from which followers of the feed learn that it was deleted.
    Deleted,
}

impl State {
    const ALL: [Self; 3] = [Self::Listed, Self::Hidden, Self::Deleted];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Listed => "listed",
            Self::Hidden => "hidden",
            Self::Deleted => "deleted",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    pub(crate) fn hidden(is_hidden: bool) -> Self {
        if is_hidden { Self::Hidden } else { Self::Listed }
    }
}

impl Title {
    pub(crate) fn is_listed(&self) -> bool {
        self.state == State::Listed
    }

    /// About what it takes in memory, which is a little more than it takes in a message.
    pub(crate) fn bytes(&self) -> usize {
        let facts = &self.facts;
        let lists = [
            &facts.countries,
            &facts.languages,
            &facts.subtitle_languages,
            &facts.directors,
            &facts.cast,
            &facts.genres,
        ];
        let lists = lists
            .into_iter()
            .flatten()
            .map(|text| text.len() + TEXT_BYTES + PERSON_BYTES);
        let localized = facts.localized_names.iter().chain(&facts.synopses);
        let localized = localized.map(|text| text.text.len() + 2 * TEXT_BYTES);
        TITLE_BYTES + facts.name.len() + facts.original_name.len() + lists.chain(localized).sum::<usize>()
    }

    /// The same title without the people who worked on it.
    pub(crate) fn without_people(self) -> Self {
        let facts = Facts {
            directors: Vec::new(),
            cast: Vec::new(),
            ..self.facts
        };
        Self {
            facts,
            people: People::default(),
            ..self
        }
    }

    /// The directors' ids, in their order.
    pub(crate) fn director_ids(&self) -> &[Uuid] {
        let directors = &self.people.directors;
        directors.get_or_init(|| person_ids(&self.facts.directors))
    }

    /// The cast's ids, in their order.
    pub(crate) fn cast_ids(&self) -> &[Uuid] {
        self.people.cast.get_or_init(|| person_ids(&self.facts.cast))
    }
}

/// The ids of a title's people, derived when they are first needed; they belong to the facts that they were derived from.
#[derive(Debug, Clone, Default)]
pub(crate) struct People {
    directors: OnceLock<Box<[Uuid]>>,
    cast: OnceLock<Box<[Uuid]>>,
}

/// A title's source and its id there: what has the same identity is the same title.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Identity {
    pub(crate) source: String,
    pub(crate) source_id: String,
}

/// The facts of a film, stored as one JSON text: no SQL reads a field of it, so a new field needs no migration.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Facts {
    pub(crate) name: String,
    pub(crate) original_name: String,
    /// Names in languages other than the catalogue's own.
    pub(crate) localized_names: Vec<Localized>,
    pub(crate) year: i32,
    /// 0 when unknown.
    pub(crate) runtime_minutes: i32,
    /// ISO 3166-1 alpha-2.
    pub(crate) countries: Vec<String>,
    /// BCP 47.
    pub(crate) languages: Vec<String>,
    pub(crate) subtitle_languages: Vec<String>,
    pub(crate) age_rating: String,
    pub(crate) directors: Vec<String>,
    pub(crate) cast: Vec<String>,
    pub(crate) genres: Vec<String>,
    pub(crate) synopses: Vec<Localized>,
    pub(crate) trailer_url: String,
    pub(crate) image_url: String,
    pub(crate) licence: String,
    /// A seed for the popular order, 0 to 100.
    pub(crate) popularity: i32,
}

/// A text in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Localized {
    pub(crate) language: String,
    pub(crate) text: String,
}

impl Identity {
    pub(crate) fn check(self) -> Result<Self, Refusal> {
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte);
        if !(1..=SOURCE_BYTES).contains(&self.source.len()) || !self.source.bytes().all(is_plain) {
            return refuse("source", "A source is a short name of a-z, 0-9, “-”, “_” and “.”.");
        }
        Ok(Self {
            source_id: some_line("source_id", &self.source_id, SOURCE_ID_CHARACTERS)?,
            source: self.source,
        })
    }
}

impl Facts {
    /// The facts in the form in which they are stored, or the first field that is wrong.
    pub(crate) fn check(self) -> Result<Self, Refusal> {
        let name = some_line("name", &self.name, NAME_CHARACTERS)?;
        let original_name = match line("original_name", &self.original_name, NAME_CHARACTERS)? {
            empty if empty.is_empty() => name.clone(),
            original => original,
        };
        if !AGE_RATINGS.contains(&self.age_rating.as_str()) {
            return refuse("age_rating", "An age rating is L, 10, 12, 14, 16 or 18.");
        }
        let person = |field: &str, name: &str| some_line(field, name, PERSON_CHARACTERS);
        let genre = |field: &str, name: &str| some_line(field, name, GENRE_CHARACTERS);
        Ok(Self {
            name,
            original_name,
            localized_names: localized("localized_names", self.localized_names, line, NAME_CHARACTERS)?,
            year: within("year", self.year, YEARS)?,
            runtime_minutes: within("runtime_minutes", self.runtime_minutes, 0..=RUNTIME_LIMIT_MINUTES)?,
            countries: list("countries", self.countries, COUNTRIES, country)?,
            languages: list("languages", self.languages, LANGUAGES, language)?,
            subtitle_languages: list("subtitle_languages", self.subtitle_languages, LANGUAGES, language)?,
            age_rating: self.age_rating,
            directors: list("directors", self.directors, DIRECTORS, person)?,
            cast: list("cast", self.cast, CAST, person)?,
            genres: list("genres", self.genres, GENRES, genre)?,
            synopses: localized("synopses", self.synopses, prose, SYNOPSIS_CHARACTERS)?,
            trailer_url: url("trailer_url", &self.trailer_url, URL_CHARACTERS)?,
            image_url: url("image_url", &self.image_url, URL_CHARACTERS)?,
            licence: line("licence", &self.licence, LICENCE_CHARACTERS)?,
            popularity: within("popularity", self.popularity, 0..=POPULARITY_LIMIT)?,
        })
    }
}

/// The id of the person with this name. Names that differ only in accents and punctuation give the same id, in every
/// process, so credits need no look-up; two people of one name share a page. When a change of the code makes other
/// names equal, increment `store::credits::PEOPLE_VERSION`, so that the stored people are updated.
pub(crate) fn person_id(name: &str) -> Uuid {
    Uuid::new_v5(&PEOPLE, key(name).as_bytes())
}

fn person_ids(names: &[String]) -> Box<[Uuid]> {
    names.iter().map(|name| person_id(name)).collect()
}

/// How a text is checked: its field, the text, and the most characters that it may have.
type Check = fn(&str, &str, usize) -> Result<String, Refusal>;

/// Checks a text in several languages, each as a [`line`] or as [`prose`]; an empty text is left out.
pub(crate) fn localized(
    field: &str,
    texts: Vec<Localized>,
    check: Check,
    limit: usize,
) -> Result<Vec<Localized>, Refusal> {
    if texts.len() > LANGUAGES {
        return refuse(field, format!("There are at most {LANGUAGES} languages."));
    }
    let mut checked: Vec<Localized> = Vec::with_capacity(texts.len());
    for Localized { language: tag, text } in texts {
        let language = language(field, &tag)?;
        if checked.iter().any(|known| known.language == language) {
            return refuse(field, format!("There are two texts in {language}."));
        }
        let text = check(field, &text, limit)?;
        if !text.is_empty() {
            checked.push(Localized { language, text });
        }
    }
    Ok(checked)
}

fn within(field: &str, number: i32, range: std::ops::RangeInclusive<i32>) -> Result<i32, Refusal> {
    if range.contains(&number) {
        return Ok(number);
    }
    refuse(
        field,
        format!("This is a number from {} to {}.", range.start(), range.end()),
    )
}

#[cfg(test)]
mod tests;
