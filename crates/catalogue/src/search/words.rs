//! The words of titles in tantivy, and how well a search's words match them.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::Column;
use tantivy::query::{BooleanQuery, ConstScoreQuery, DisjunctionMaxQuery, FuzzyTermQuery, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption, NumericOptions, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::SimpleTokenizer;
use tantivy::{DocId, Index, SegmentReader, TantivyDocument, Term};
use uuid::Uuid;

use crate::fold::fold;
use crate::search::Document;
use crate::search::matches::{Match, Word};
use crate::search::projection::Ordinal;

/// Of a search's text, so much is looked at.
const TEXT_CHARACTERS: usize = 200;
const WORDS: usize = 10;

/// Shorter words must be spelt right; longer ones may have two letters wrong.
const FUZZY_LETTERS: usize = 4;
const VERY_FUZZY_LETTERS: usize = 8;

const TOKENIZER: &str = "words";

/// How much a word's best match counts; a whole name outdoes any number of words.
mod score {
    pub(super) const WHOLE_NAME: f32 = 1_000.0;
    pub(super) const NAME: f32 = 16.0;
    pub(super) const PERSON: f32 = 12.0;
    pub(super) const NAME_PREFIX: f32 = 8.0;
    pub(super) const PERSON_PREFIX: f32 = 6.0;
    pub(super) const NAME_FUZZY: f32 = 2.0;
    pub(super) const PERSON_FUZZY: f32 = 1.0;
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Fields {
    /// The id's halves: which title a document is.
    id_high: Field,
    id_low: Field,
    /// Each name as one term.
    whole: Field,
    names: Field,
    people: Field,
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
            people: schema.add_text_field("people", words),
        };
        (schema.build(), fields)
    }

    pub(super) fn document(self, title: &Document) -> TantivyDocument {
        let (high, low) = title.id.as_u64_pair();
        let mut document = TantivyDocument::default();
        document.add_u64(self.id_high, high);
        document.add_u64(self.id_low, low);
        for name in std::iter::once(&title.name).chain(&title.other_names) {
            let words = words_of(name);
            document.add_text(self.whole, words.join(" "));
            document.add_text(self.names, words.join(" "));
        }
        for person in &title.people {
            document.add_text(self.people, fold(person));
        }
        document
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

/// Opens the index in a folder, or makes a new one there.
pub(super) fn open(folder: &Path, schema: Schema) -> tantivy::Result<Index> {
    let directory = tantivy::directory::MmapDirectory::open(folder)?;
    let index = Index::open_or_create(directory, schema)?;
    index.tokenizers().register(TOKENIZER, SimpleTokenizer::default());
    Ok(index)
}

/// A text's words: folded, in order.
fn words_of(text: &str) -> Vec<String> {
    let folded = fold(text);
    let words = folded.split(|letter: char| !letter.is_alphanumeric());
    words.filter(|word| !word.is_empty()).map(ToOwned::to_owned).collect()
}

/// The words that are looked for.
pub(super) struct Wanted {
    words: Vec<String>,
}

impl Wanted {
    /// None when there is nothing to look for.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text: String = text.chars().take(TEXT_CHARACTERS).collect();
        let mut words = words_of(&text);
        words.truncate(WORDS);
        (!text.trim().is_empty()).then_some(Self { words })
    }

    /// Each word as it is looked for: the last one perhaps unfinished, and any of some length perhaps misspelt.
    pub(super) fn words(&self, is_misspelt: bool) -> impl Iterator<Item = Word> {
        let last = self.words.len().saturating_sub(1);
        let words = self.words.iter().enumerate();
        words.map(move |(index, letters)| Word {
            letters: letters.clone(),
            is_begun: index == last,
            is_misspelt,
        })
    }

    /// Finds the titles one of whose names is all the words.
    pub(super) fn whole_name(&self, fields: Fields) -> Box<dyn Query> {
        exact(fields.whole, &self.words.join(" "), score::WHOLE_NAME)
    }
}

impl Word {
    /// Finds the titles that have it, scored by the best way in which they do.
    pub(super) fn query(&self, fields: Fields) -> DisjunctionMaxQuery {
        let letters = &self.letters;
        let mut ways = vec![
            exact(fields.names, letters, score::NAME),
            exact(fields.people, letters, score::PERSON),
        ];
        if self.is_begun {
            ways.push(prefix(fields.names, letters, score::NAME_PREFIX));
            ways.push(prefix(fields.people, letters, score::PERSON_PREFIX));
        }
        if let Some(distance) = self.distance() {
            ways.push(fuzzy(fields.names, letters, distance, score::NAME_FUZZY));
            ways.push(fuzzy(fields.people, letters, distance, score::PERSON_FUZZY));
        }
        DisjunctionMaxQuery::new(ways)
    }

    /// How many letters may be wrong.
    fn distance(&self) -> Option<u8> {
        match self.letters.chars().count() {
            _ if !self.is_misspelt => None,
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

/// Reads which titles the documents of a segment are; a document of none has the ordinal `u32::MAX`.
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
