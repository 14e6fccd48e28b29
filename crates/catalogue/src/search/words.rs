//! The words of titles in tantivy, and how well the words of a search match them.

use std::collections::HashMap;
use std::sync::Arc;

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::Column;
use tantivy::directory::Directory;
use tantivy::query::{BooleanQuery, ConstScoreQuery, DisjunctionMaxQuery, FuzzyTermQuery, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption, NumericOptions, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::WhitespaceTokenizer;
use tantivy::{DocId, Index, SegmentReader, TantivyDocument, Term};
use uuid::Uuid;

use crate::search::Document;
use crate::search::lexicon::{LONGEST_PHRASE_WORDS, Lexicon, is_beside_the_point};
use crate::search::matches::{Match, Word};
use crate::search::projection::Ordinal;
use crate::search::spelling::{self, grams, written_out};

/// How many characters and words of a search's text are used.
const TEXT_CHARACTERS: usize = 200;
const WORDS: usize = 10;

/// Words of fewer letters must be spelt correctly; those of the second length or more may have two wrong letters.
const FUZZY_LETTERS: usize = 4;
const VERY_FUZZY_LETTERS: usize = 8;

const TOKENIZER: &str = "words";

/// How many of the cast count as leads, besides the directors: as many as posters name.
const LEADS_OF_THE_CAST: usize = 3;

/// The score of a word's best match, of sixteen degrees; the score of a whole name exceeds that of any number of words.
pub(super) mod score {
    pub(super) const WHOLE_NAME: f32 = 1_000.0;
    pub(super) const NAME: f32 = 16.0;
    /// Another spelling of a word of a name.
    pub(super) const VARIANT: f32 = 14.0;
    pub(super) const LEAD: f32 = 12.0;
    pub(super) const PERSON: f32 = 11.0;
    /// A genre, a country or a year, if the search looks for nothing else.
    pub(in crate::search) const TRAIT_MEANT: u32 = 13;
    pub(in crate::search) const TRAIT: u32 = 10;
    /// Neighbouring letters, in a script without spaces.
    pub(super) const GRAMS: f32 = 9.0;
    pub(super) const NAME_PREFIX: f32 = 8.0;
    pub(super) const VARIANT_PREFIX: f32 = 7.0;
    pub(super) const PERSON_PREFIX: f32 = 6.0;
    pub(in crate::search) const TRAIT_GUESSED: u32 = 3;
    pub(super) const NAME_FUZZY: f32 = 2.0;
    pub(super) const PERSON_FUZZY: f32 = 1.0;
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Fields {
    /// The halves of the title's id.
    id_high: Field,
    id_low: Field,
    /// Each name as one term.
    whole: Field,
    names: Field,
    /// Other spellings of the words of names.
    variants: Field,
    leads: Field,
    people: Field,
    /// Names and people in scripts without spaces.
    grams: Field,
}

impl Fields {
    pub(super) fn schema() -> (Schema, Self) {
        let words = TextFieldIndexing::default()
            .set_tokenizer(TOKENIZER)
            .set_index_option(IndexRecordOption::Basic)
            .set_fieldnorms(false);
        let words = TextOptions::default().set_indexing_options(words);
        let whole = TextFieldIndexing::default()
            .set_tokenizer("raw")
            .set_index_option(IndexRecordOption::Basic);
        let whole = TextOptions::default().set_indexing_options(whole.set_fieldnorms(false));
        let half = NumericOptions::default().set_fast().set_indexed();
        let mut schema = Schema::builder();
        let fields = Self {
            id_high: schema.add_u64_field("id_high", half.clone()),
            id_low: schema.add_u64_field("id_low", half),
            whole: schema.add_text_field("whole", whole),
            names: schema.add_text_field("names", words.clone()),
            variants: schema.add_text_field("variants", words.clone()),
            leads: schema.add_text_field("leads", words.clone()),
            people: schema.add_text_field("people", words.clone()),
            grams: schema.add_text_field("grams", words),
        };
        (schema.build(), fields)
    }

    pub(super) fn document(self, title: &Document) -> TantivyDocument {
        let (high, low) = title.id.as_u64_pair();
        let mut document = TantivyDocument::default();
        document.add_u64(self.id_high, high);
        document.add_u64(self.id_low, low);
        for name in std::iter::once(&title.name).chain(&title.other_names) {
            let words = spelling::Words::of(name);
            for whole in words.whole() {
                document.add_text(self.whole, whole);
            }
            document.add_text(self.names, words.letters().join(" "));
            Self::add(&mut document, self.names, &words.initials());
            let mut variants = words.variants_of_name();
            variants.extend(differing(&words, name));
            Self::add(&mut document, self.variants, &variants);
            Self::add(&mut document, self.grams, &grams_of(&words));
        }
        let leads = title.directors.len() + LEADS_OF_THE_CAST;
        for (place, person) in title.directors.iter().chain(&title.cast).enumerate() {
            let words = spelling::Words::of(person);
            let field = if place < leads { self.leads } else { self.people };
            let mut terms = words.letters().to_vec();
            terms.extend(words.variants_of_person());
            terms.extend(differing(&words, person));
            Self::add(&mut document, field, &terms);
            Self::add(&mut document, self.grams, &grams_of(&words));
        }
        document
    }

    fn add(document: &mut TantivyDocument, field: Field, terms: &[String]) {
        if !terms.is_empty() {
            document.add_text(field, terms.join(" "));
        }
    }

    /// Finds the documents of one title.
    pub(super) fn by_id(self, id: Uuid) -> BooleanQuery {
        let (high, low) = id.as_u64_pair();
        let half = |field, half| -> Box<dyn Query> {
            Box::new(TermQuery::new(
                Term::from_field_u64(field, half),
                IndexRecordOption::Basic,
            ))
        };
        BooleanQuery::intersection(vec![half(self.id_high, high), half(self.id_low, low)])
    }
}

/// Opens the index in a directory, or creates one there.
pub(super) fn open(directory: Box<dyn Directory>, schema: Schema) -> tantivy::Result<Index> {
    let index = Index::open_or_create(directory, schema)?;
    // Words are split before they reach tantivy; punctuation may be a part of them.
    index.tokenizers().register(TOKENIZER, WhitespaceTokenizer::default());
    Ok(index)
}

/// The words that differ when the text is spelt without German and Danish letters.
fn differing(words: &spelling::Words, text: &str) -> Vec<String> {
    let out = written_out(text)
        .map(|text| spelling::Words::of(&text))
        .unwrap_or_default();
    let pairs = words.letters().iter().zip(out.letters());
    pairs
        .filter(|(word, out)| word != out)
        .map(|(_, out)| out.clone())
        .collect()
}

fn grams_of(words: &spelling::Words) -> Vec<String> {
    words.letters().iter().flat_map(|word| grams(word)).collect()
}

/// The words that a search looks for.
pub(super) struct Wanted {
    words: Vec<Word>,
    /// The words joined, as whole names are indexed.
    whole: [String; 2],
}

impl Wanted {
    /// `None` if the text is empty.
    pub(super) fn parse(text: &str, lexicon: &Lexicon) -> Option<Self> {
        let text: String = text.chars().take(TEXT_CHARACTERS).collect();
        let mut words = spelling::Words::of(&text);
        words.truncate(WORDS);
        let out = written_out(&text)
            .map(|text| spelling::Words::of(&text))
            .unwrap_or_default();
        let letters = words.letters();
        let mut wanted: Vec<_> = (0..letters.len())
            .map(|place| {
                let mut others = words.others(place);
                let out = out.letters().get(place);
                others.extend(out.filter(|out| **out != letters[place]).cloned());
                Word {
                    letters: letters[place].clone(),
                    others,
                    alike: spelling::alike(&letters[place]).map(str::to_owned),
                    phrases: Vec::new(),
                    is_meant: false,
                    is_begun: place + 1 == letters.len(),
                    is_misspelt: false,
                }
            })
            .collect();
        for first in 0..letters.len() {
            for end in first + 1..=letters.len().min(first + LONGEST_PHRASE_WORDS) {
                let phrase = letters[first..end].join(" ");
                if lexicon.knows(&phrase) {
                    for word in &mut wanted[first..end] {
                        word.phrases.push(phrase.clone());
                    }
                }
            }
        }
        let says_no_more = |word: &Word| !word.phrases.is_empty() || is_beside_the_point(&word.letters);
        let are_meant = wanted.iter().all(says_no_more);
        for word in &mut wanted {
            word.is_meant = are_meant && !word.phrases.is_empty();
        }
        (!text.trim().is_empty()).then(|| Self {
            whole: words.as_typed(),
            words: wanted,
        })
    }

    /// Each word to look for. The last may be unfinished; with `is_misspelt`, long words may have mistakes.
    pub(super) fn words(&self, is_misspelt: bool) -> impl Iterator<Item = Word> {
        let words = self.words.iter().cloned();
        words.map(move |word| Word { is_misspelt, ..word })
    }

    /// The same without words such as “film”; `None` if there are no such words, or no others.
    pub(super) fn to_the_point(&self) -> Option<Self> {
        let is_meant = |word: &&Word| !word.phrases.is_empty() || !is_beside_the_point(&word.letters);
        let words: Vec<_> = self.words.iter().filter(is_meant).cloned().collect();
        let fewer = !words.is_empty() && words.len() < self.words.len();
        fewer.then(|| Self {
            words,
            whole: self.whole.clone(),
        })
    }

    /// Finds the titles one of whose names consists of all the words.
    pub(super) fn whole_name(&self, fields: Fields) -> Box<dyn Query> {
        let ways = self.whole.iter();
        let ways = ways.map(|whole| exact(fields.whole, whole, score::WHOLE_NAME));
        Box::new(DisjunctionMaxQuery::new(ways.collect()))
    }
}

impl Word {
    /// Finds the titles that have the word in a name or in a person's name, scored by the best match.
    pub(super) fn query(&self, fields: Fields) -> DisjunctionMaxQuery {
        let by_name = [
            (fields.names, score::NAME, score::NAME_PREFIX, score::NAME_FUZZY),
            (
                fields.variants,
                score::VARIANT,
                score::VARIANT_PREFIX,
                score::NAME_FUZZY,
            ),
            (fields.leads, score::LEAD, score::PERSON_PREFIX, score::PERSON_FUZZY),
            (fields.people, score::PERSON, score::PERSON_PREFIX, score::PERSON_FUZZY),
        ];
        let mut ways = Vec::new();
        for (field, exactly, begun, misspelt) in by_name {
            for letters in std::iter::once(&self.letters).chain(&self.others) {
                ways.push(exact(field, letters, exactly));
                if self.is_begun {
                    ways.push(prefix(field, letters, begun));
                }
            }
            if let Some(alike) = &self.alike {
                ways.push(exact(field, alike, exactly.min(score::VARIANT)));
            }
            if let Some(distance) = self.distance() {
                ways.push(fuzzy(field, &self.letters, distance, misspelt));
            }
        }
        ways.extend(self.by_grams(fields));
        DisjunctionMaxQuery::new(ways)
    }

    /// Finds the titles that have its letters in a row, in a script without spaces.
    fn by_grams(&self, fields: Fields) -> Option<Box<dyn Query>> {
        let grams = grams(&self.letters);
        match &*grams {
            [] => None,
            [letter] => Some(prefix(fields.grams, letter, score::GRAMS)),
            // The last gram is a single letter, which only the end of a word has; this word may be unfinished.
            [pairs @ .., _] => {
                let pairs = pairs.iter().map(|pair| exact(fields.grams, pair, 1.0));
                Some(constant(BooleanQuery::intersection(pairs.collect()), score::GRAMS))
            }
        }
    }

    /// How many letters may be wrong. In a number none may be: another number is another year, not a slip.
    pub(super) fn distance(&self) -> Option<u8> {
        let is_number = self.letters.bytes().all(|digit| digit.is_ascii_digit());
        match self.letters.chars().count() {
            _ if !self.is_misspelt || is_number => None,
            ..FUZZY_LETTERS => None,
            FUZZY_LETTERS..VERY_FUZZY_LETTERS => Some(1),
            _ => Some(2),
        }
    }
}

fn exact(field: Field, word: &str, score: f32) -> Box<dyn Query> {
    let term = Term::from_field_text(field, word);
    constant(TermQuery::new(term, IndexRecordOption::Basic), score)
}

fn prefix(field: Field, word: &str, score: f32) -> Box<dyn Query> {
    let term = Term::from_field_text(field, word);
    constant(FuzzyTermQuery::new_prefix(term, 0, true), score)
}

fn fuzzy(field: Field, word: &str, distance: u8, score: f32) -> Box<dyn Query> {
    let term = Term::from_field_text(field, word);
    constant(FuzzyTermQuery::new(term, distance, true), score)
}

fn constant(query: impl Query, score: f32) -> Box<dyn Query> {
    Box::new(ConstScoreQuery::new(Box::new(query), score))
}

/// The ordinals of a segment's documents.
pub(super) type SegmentOrdinals = Arc<[Ordinal]>;

/// Reads the titles of a segment's documents; a document of no title has the ordinal `u32::MAX`.
pub(super) fn ordinals(
    segment: &SegmentReader,
    ordinal: impl Fn(Uuid) -> Option<Ordinal>,
) -> tantivy::Result<SegmentOrdinals> {
    let high: Column<u64> = segment.fast_fields().u64("id_high")?;
    let low: Column<u64> = segment.fast_fields().u64("id_low")?;
    let ids = (0..segment.max_doc()).map(|document| {
        let id = high.first(document).zip(low.first(document));
        id.and_then(|(high, low)| ordinal(Uuid::from_u64_pair(high, low)))
            .unwrap_or(Ordinal::MAX)
    });
    Ok(ids.collect())
}

/// Collects every match with its score.
pub(super) struct Matches<'a> {
    pub(super) segments: &'a HashMap<tantivy::index::SegmentId, SegmentOrdinals>,
}

pub(super) struct SegmentMatches {
    ordinals: SegmentOrdinals,
    matches: Vec<Match>,
}

impl Collector for Matches<'_> {
    type Fruit = Vec<Match>;
    type Child = SegmentMatches;

    fn for_segment(&self, _: u32, segment: &SegmentReader) -> tantivy::Result<SegmentMatches> {
        let ordinals = self.segments.get(&segment.segment_id()).cloned();
        Ok(SegmentMatches {
            ordinals: ordinals.unwrap_or_else(|| Arc::new([])),
            matches: Vec::new(),
        })
    }

    fn requires_scoring(&self) -> bool {
        true
    }

    fn merge_fruits(&self, fruits: Vec<Vec<Match>>) -> tantivy::Result<Vec<Match>> {
        Ok(fruits.concat())
    }
}

impl SegmentCollector for SegmentMatches {
    type Fruit = Vec<Match>;

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "scores are small whole numbers"
    )]
    fn collect(&mut self, document: DocId, score: f32) {
        if let Some(&ordinal) = self.ordinals.get(document as usize)
            && ordinal != Ordinal::MAX
        {
            self.matches.push(Match {
                ordinal,
                score: score as u32,
            });
        }
    }

    fn harvest(self) -> Vec<Match> {
        self.matches
    }
}
