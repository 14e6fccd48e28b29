//! What genres, countries, languages and kinds of films are called: `terror`, `german`, `em português`, `curta`. The words
//! are in files beside this one; of a catalogue's own values, those that are in no file are called by their names.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use strsim::osa_distance;

use crate::search::projection::{Ordinal, Projection};
use crate::search::spelling::Words;
use crate::search::values::Values;

/// Longer names are not looked for.
pub(super) const LONGEST_PHRASE_WORDS: usize = 4;
/// Shorter beginnings of names mean too many things.
const BEGUN_LETTERS: usize = 4;
/// The years that films are of.
const YEARS: std::ops::RangeInclusive<i32> = 1870..=2100;

/// Whether a word is one that people type around what they look for, and that need not be in what they find.
pub(super) fn is_beside_the_point(word: &str) -> bool {
    static WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
        let lines = include_str!("vocabulary/beside-the-point.txt").lines();
        lines
            .filter(|line| !line.starts_with('#'))
            .flat_map(|line| line.split(", "))
            .collect()
    });
    WORDS.contains(word)
}

/// The values that a phrase means, by their numbers in the projection.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Meaning {
    genres: Vec<u16>,
    countries: Vec<u16>,
    languages: Vec<u16>,
    kinds: Vec<u16>,
}

impl Meaning {
    fn add(&mut self, other: &Self) {
        self.genres.extend(&other.genres);
        self.countries.extend(&other.countries);
        self.languages.extend(&other.languages);
        self.kinds.extend(&other.kinds);
    }
}

/// Phrases, and what they mean in this catalogue.
#[derive(Debug, Default)]
pub(super) struct Lexicon {
    phrases: HashMap<String, Meaning>,
    /// How many values of each sort it was made of.
    made_of: [usize; 4],
}

impl Lexicon {
    /// Takes in values that the catalogue has had since.
    pub(super) fn follow(&mut self, projection: &Projection) {
        let values = [
            &projection.genres,
            &projection.countries,
            &projection.languages,
            &projection.kinds,
        ];
        let made_of = values.map(|values| values.names.len());
        if self.made_of == made_of {
            return;
        }
        let mut phrases: HashMap<String, Meaning> = HashMap::new();
        let mut add =
            |values: &Values, called: &dyn Fn(&str) -> Vec<String>, place: fn(&mut Meaning) -> &mut Vec<u16>| {
                for number in 0..values.names.len() {
                    let Ok(value) = u16::try_from(number) else { return };
                    for phrase in called(values.names.name(number)) {
                        let meaning = place(phrases.entry(phrase).or_default());
                        if !meaning.contains(&value) {
                            meaning.push(value);
                        }
                    }
                }
            };
        add(&projection.genres, &|genre| FILES.genres.like(genre), |meaning| {
            &mut meaning.genres
        });
        add(&projection.countries, &|code| FILES.countries.of(code), |meaning| {
            &mut meaning.countries
        });
        let language = |tag: &str| FILES.languages.of(tag.split('-').next().unwrap_or_default());
        add(&projection.languages, &language, |meaning| &mut meaning.languages);
        add(&projection.kinds, &|kind| FILES.kinds.like(kind), |meaning| {
            &mut meaning.kinds
        });
        *self = Self { phrases, made_of };
    }

    /// Whether a phrase means something.
    pub(super) fn knows(&self, phrase: &str) -> bool {
        self.find(phrase).is_some() || Span::of(phrase).is_some()
    }

    /// As it is, or in the singular.
    fn find(&self, phrase: &str) -> Option<&Meaning> {
        let singular = || self.phrases.get(phrase.strip_suffix('s')?);
        self.phrases.get(phrase).or_else(singular)
    }

    /// What a word that is not finished, or misspelt, may be.
    fn guess(&self, word: &str, is_begun: bool, distance: Option<u8>) -> Meaning {
        let letters = word.chars().count();
        let mut guessed = Meaning::default();
        for (phrase, meaning) in &self.phrases {
            let is_meant = is_begun && letters >= BEGUN_LETTERS && phrase.starts_with(word)
                || distance.is_some_and(|distance| osa_distance(phrase, word) <= distance.into());
            if is_meant {
                guessed.add(meaning);
            }
        }
        guessed
    }

    /// The titles that are what any of some phrases mean.
    pub(super) fn titles<'a>(&self, phrases: impl Iterator<Item = &'a str>, projection: &Projection) -> Vec<Ordinal> {
        let (mut meant, mut spans) = (Meaning::default(), Vec::new());
        for phrase in phrases {
            spans.extend(Span::of(phrase));
            if let Some(meaning) = self.find(phrase) {
                meant.add(meaning);
            }
        }
        that_are(&meant, &spans, projection)
    }

    /// The titles that are what a word may mean.
    pub(super) fn guessed(
        &self,
        word: &str,
        is_begun: bool,
        distance: Option<u8>,
        projection: &Projection,
    ) -> Vec<Ordinal> {
        that_are(&self.guess(word, is_begun, distance), &[], projection)
    }
}

fn that_are(meant: &Meaning, spans: &[Span], projection: &Projection) -> Vec<Ordinal> {
    if *meant == Meaning::default() && spans.is_empty() {
        return Vec::new();
    }
    let genres = projection.genres.lists_with_any(&meant.genres);
    let countries = projection.countries.lists_with_any(&meant.countries);
    let languages = projection.languages.lists_with_any(&meant.languages);
    let kinds = projection.kinds.lists_with_any(&meant.kinds);
    let is_meant = |ordinal: &Ordinal| {
        let entry = projection.entry(*ordinal);
        genres[entry.genres as usize]
            || countries[entry.countries as usize]
            || languages[entry.languages as usize]
            || kinds[entry.kinds as usize]
            || spans.iter().any(|span| span.0.contains(&entry.year))
    };
    projection.ordinals().filter(is_meant).collect()
}

/// The years that a phrase means: one, or a decade.
struct Span(std::ops::RangeInclusive<i32>);

impl Span {
    fn of(phrase: &str) -> Option<Self> {
        let year = |text: &str| {
            let is_whole = text.len() == 4 && text.bytes().all(|digit| digit.is_ascii_digit());
            text.parse().ok().filter(|year| is_whole && YEARS.contains(year))
        };
        if let Some(year) = year(phrase) {
            return Some(Self(year..=year));
        }
        let decade = ["anos ", "decada de ", "annees "]
            .iter()
            .find_map(|before| phrase.strip_prefix(before));
        let decade = decade.or_else(|| phrase.strip_suffix('s'))?;
        let first = match decade.parse::<i32>() {
            Ok(short @ 10..=90) if decade.len() == 2 => Some(1_900 + short),
            _ => year(decade),
        };
        first.filter(|year| year % 10 == 0).map(|year| Self(year..=year + 9))
    }
}

/// What is written in the files.
struct Files {
    genres: File,
    countries: File,
    languages: File,
    kinds: File,
}

static FILES: LazyLock<Files> = LazyLock::new(|| Files {
    genres: File::read(include_str!("vocabulary/genres.txt")),
    countries: File::read(include_str!("vocabulary/countries.txt")),
    languages: File::read(include_str!("vocabulary/languages.txt")),
    kinds: File::read(include_str!("vocabulary/kinds.txt")),
});

/// Values with what they are called, each as its words with a space between.
struct File(Vec<(&'static str, Vec<String>)>);

impl File {
    fn read(text: &'static str) -> Self {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let lines = lines.filter_map(|line| line.split_once(": "));
        Self(
            lines
                .map(|(value, names)| (value, names.split(", ").map(phrase).collect()))
                .collect(),
        )
    }

    /// What a value is called that is a code, and so no word itself: `de` is a word of many languages.
    fn of(&self, value: &str) -> Vec<String> {
        let line = self.0.iter().find(|(known, _)| *known == value);
        line.map(|(_, names)| names.clone()).unwrap_or_default()
    }

    /// What a value is called that a catalogue may write in any of these ways.
    fn like(&self, value: &str) -> Vec<String> {
        let own = phrase(value);
        let mut called = vec![own.clone()];
        for (known, names) in &self.0 {
            let known = phrase(known);
            if known == own || names.contains(&own) {
                called.extend(names.iter().cloned().chain([known]));
            }
        }
        called
    }
}

/// The name under which the file counts a genre, however a catalogue writes it.
pub(super) fn genre(written: &str) -> Option<&'static str> {
    static NAMES: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
        let lines = &FILES.genres.0;
        let mut names: HashMap<_, _> = lines.iter().map(|(name, _)| (phrase(name), *name)).collect();
        for (name, others) in lines {
            for other in others {
                names.entry(other.clone()).or_insert(name);
            }
        }
        names
    });
    NAMES.get(&phrase(written)).copied()
}

pub(super) fn phrase(text: &str) -> String {
    Words::of(text).letters().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::kind::Kind;

    #[test]
    fn every_kind_and_genre_of_the_files_is_called_something() {
        for kind in Kind::ALL {
            assert!(!FILES.kinds.of(kind.name()).is_empty(), "{kind:?}");
        }
        assert!(FILES.genres.like("Horror").contains(&"terror".to_owned()));
        assert!(FILES.genres.like("Terror").contains(&"horror".to_owned()));
        assert_eq!(FILES.genres.like("Giallo"), ["giallo"]);
        assert!(FILES.countries.of("DE").contains(&"alemanha".to_owned()));
        assert!(FILES.countries.of("US").contains(&"united states".to_owned()));
    }

    #[test]
    fn a_genre_has_one_name_in_all_languages() {
        for (written, name) in [
            ("drama", "Drama"),
            ("DRAMA", "Drama"),
            ("Comédia", "Comedy"),
            ("COMEDIA", "Comedy"),
            ("Terror", "Horror"),
            ("sci-fi", "Science Fiction"),
            ("Ficção Científica", "Science Fiction"),
            ("Animated", "Animation"),
            ("Historical", "History"),
            ("film noir", "Film Noir"),
            ("noir", "Film Noir"),
            ("Sports", "Sport"),
            ("Suspense", "Suspense"),
            ("Experimental", "Experimental"),
            ("Anime", "Anime"),
        ] {
            assert_eq!(genre(written), Some(name), "{written}");
        }
        for written in ["Giallo", "", "…"] {
            assert_eq!(genre(written), None, "{written}");
        }
    }

    #[test]
    fn a_year_and_a_decade_are_spans() {
        let span = |phrase| Span::of(phrase).map(|span| span.0);
        assert_eq!(span("1922"), Some(1922..=1922));
        assert_eq!(span("1920s"), Some(1920..=1929));
        assert_eq!(span("anos 20"), Some(1920..=1929));
        assert_eq!(span("anos 1960"), Some(1960..=1969));
        for phrase in ["1869", "2101", "192", "01922", "1925s", "anos 7", "s", "boas"] {
            assert_eq!(span(phrase), None, "{phrase}");
        }
    }
}
