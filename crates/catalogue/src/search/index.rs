//! The index: words on disk and the projection in memory, of which searches always see one consistent state.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use tantivy::index::SegmentId;
use tantivy::{IndexReader, IndexWriter, ReloadPolicy, TantivyDocument};
use uuid::Uuid;

use crate::search::browse::Counts;
use crate::search::disk::{self, Committed};
use crate::search::facets::{self, filter};
use crate::search::lexicon::Lexicon;
use crate::search::matches::{Match, Words};
use crate::search::order::Orders;
use crate::search::projection::{Ordinal, Projection};
use crate::search::records::Records;
use crate::search::words::{self, Fields, SegmentOrdinals, Wanted};
use crate::search::{Document, Effort, Found, Position, Query, SearchError, Sort};

/// What the writer may hold in memory before it writes; the least that tantivy takes.
const WRITER_BYTES: usize = 15_000_000;
const WRITER_THREADS: usize = 1;

pub(crate) struct Index {
    /// The identity of the catalogue that it belongs to.
    catalogue: String,
    pub(super) fields: Fields,
    writer: Mutex<IndexWriter>,
    pub(super) reader: IndexReader,
    state: RwLock<State>,
}

/// What searches see: a consistent state.
#[derive(Default)]
pub(super) struct State {
    pub(super) projection: Projection,
    /// Present only in a store that runs with the lab.
    records: Option<Records>,
    pub(super) orders: Orders,
    pub(super) counts: Counts,
    pub(super) segments: HashMap<SegmentId, SegmentOrdinals>,
    pub(super) words: Words,
    pub(super) lexicon: Lexicon,
    /// Whether the words on disk have the title, by ordinal.
    indexed: Vec<bool>,
}

impl Index {
    /// Opens the index of a catalogue, and returns the revision that it holds: 0 if it had to be rebuilt, because it
    /// was missing, damaged, of another version or of another catalogue.
    pub(crate) fn open(folder: &Path, catalogue: &str) -> Result<(Self, i64), SearchError> {
        match Self::open_as_it_is(folder, catalogue) {
            Ok(Some(opened)) => return Ok(opened),
            Ok(None) => {}
            Err(error) => tracing::warn!(?error, "the search index cannot be read and is rebuilt"),
        }
        Ok((Self::create(folder, catalogue)?, 0))
    }

    /// Creates an empty index, in place of anything in the folder.
    pub(crate) fn create(folder: &Path, catalogue: &str) -> Result<Self, SearchError> {
        Self::over(&disk::create(folder)?, catalogue)
    }

    fn open_as_it_is(folder: &Path, catalogue: &str) -> Result<Option<(Self, i64)>, SearchError> {
        let Some((index, revision)) = disk::open(folder, catalogue)? else {
            return Ok(None);
        };
        Ok(Some((Self::over(&index, catalogue)?, revision)))
    }

    pub(super) fn over(index: &tantivy::Index, catalogue: &str) -> Result<Self, SearchError> {
        let writer = index.writer_with_num_threads(WRITER_THREADS, WRITER_BYTES)?;
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        Ok(Self {
            catalogue: catalogue.to_owned(),
            fields: Fields::schema().1,
            writer: Mutex::new(writer),
            reader,
            state: RwLock::default(),
        })
    }

    /// From now on, keeps the lab's record of every title too.
    pub(crate) fn keep_records(&self) {
        self.write().records = Some(Records::default());
    }

    /// Adds a page of titles to the projection without touching the words on disk; [`Index::loaded`] ends the loading.
    pub(crate) fn load(&self, documents: impl Iterator<Item = Document>) {
        let mut state = self.write();
        for document in documents {
            state.put(&document);
        }
    }

    /// Matches the words on disk with the titles that were loaded.
    pub(crate) fn loaded(&self) -> Result<(), SearchError> {
        self.write().renew(&self.reader)
    }

    /// Whether a title of this revision or an earlier one has no words on disk: then the folder does not hold what was committed.
    pub(crate) fn lacks_titles_of(&self, revision: i64) -> bool {
        let state = self.read();
        let mut titles = (0..state.projection.len()).filter_map(|place| Ordinal::try_from(place).ok());
        titles.any(|ordinal| {
            let entry = state.projection.entry(ordinal);
            let row = entry.row();
            row.revision <= revision && !state.has_indexed(row.id)
        })
    }

    /// Takes in titles that are new or have changed, and stores the revision that the index then holds.
    pub(crate) fn apply(&self, documents: &[Document], revision: i64) -> Result<(), SearchError> {
        self.write_words(documents, revision)?;
        let mut state = self.write();
        for document in documents {
            state.put(document);
        }
        self.reader.reload()?;
        state.renew(&self.reader)
    }

    fn write_words(&self, documents: &[Document], revision: i64) -> Result<(), SearchError> {
        let mut writer = self.writer();
        let written = self.commit(&mut writer, documents, revision);
        if written.is_err() {
            writer.rollback()?;
        }
        written
    }

    fn commit(
        &self,
        writer: &mut IndexWriter<TantivyDocument>,
        documents: &[Document],
        revision: i64,
    ) -> Result<(), SearchError> {
        for document in documents {
            // Only a title that is on disk is deleted there first: in an import nearly all titles are new.
            if self.read().has_indexed(document.id) {
                writer.delete_query(Box::new(self.fields.by_id(document.id)))?;
            }
            if document.is_listed {
                writer.add_document(self.fields.document(document))?;
            }
        }
        let mut commit = writer.prepare_commit()?;
        commit.set_payload(&Committed::new(&self.catalogue, revision).payload()?);
        commit.commit()?;
        Ok(())
    }

    pub(crate) fn search(&self, query: &Query, now_us: i64, effort: Effort) -> Result<Found, SearchError> {
        let state = self.read();
        let Some(wanted) = Wanted::parse(&query.text, &state.lexicon) else {
            return state.browse(query, now_us, effort);
        };
        let projection = &state.projection;
        let matches = self.matches(&state, &wanted, effort)?.into_iter();
        let (mut matches, facets) = filter(matches, |found| found.ordinal, query, projection, now_us);
        if query.sort == Sort::EndsSoon {
            facets::score_by_end(&mut matches, query, projection, now_us);
        }
        let total = matches.len();
        let (ids, next) = state.best(matches, query.sort, query.after.as_ref(), query.limit, effort)?;
        Ok(Found {
            ids,
            next,
            total,
            facets,
        })
    }

    /// The titles whose names or people begin with the text, the best first.
    pub(crate) fn suggest(&self, text: &str, limit: usize, effort: Effort) -> Result<Vec<Uuid>, SearchError> {
        let state = self.read();
        let Some(wanted) = Wanted::parse(text, &state.lexicon) else {
            return Ok(Vec::new());
        };
        let matches = self.matches(&state, &wanted, effort)?;
        Ok(state.best(matches, Sort::Relevance, None, limit, effort)?.0)
    }

    /// For each of some titles, the revision at which it was written last, as far as the index knows.
    pub(crate) fn revisions(&self, ids: &[Uuid]) -> Vec<Option<i64>> {
        let state = self.read();
        ids.iter().map(|id| state.revision(*id)).collect()
    }

    /// The revision at which a title was written last, as far as the index knows.
    pub(crate) fn revision(&self, id: Uuid) -> Option<i64> {
        self.read().revision(id)
    }

    /// Passes the records of a range of titles to `see`; none if the store keeps no records.
    pub(crate) fn records(&self, titles: Range<usize>, mut see: impl FnMut(Record<'_>)) {
        let state = self.read();
        let Some(records) = &state.records else { return };
        let there_are = state.projection.len();
        for entry in titles.start.min(there_are)..titles.end.min(there_are) {
            let Ok(ordinal) = Ordinal::try_from(entry) else { return };
            let entry = state.projection.entry(ordinal);
            let (name, genre) = records.get(ordinal);
            see(Record {
                id: entry.row().id,
                name,
                genre: genre.map_or("", |genre| state.projection.genres.names.name(genre.into())),
                year: entry.year,
            });
        }
    }

    /// How many titles there are.
    pub(crate) fn len(&self) -> usize {
        self.read().projection.len()
    }

    fn writer(&self) -> MutexGuard<'_, IndexWriter> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The lab's record of a title: its least facts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Record<'a> {
    pub(crate) id: Uuid,
    pub(crate) name: &'a str,
    /// Its first genre; empty if it has none.
    pub(crate) genre: &'a str,
    pub(crate) year: i32,
}

impl State {
    fn put(&mut self, document: &Document) {
        let ordinal = self.projection.put(document);
        if let (Some(ordinal), Some(records)) = (ordinal, &mut self.records) {
            let genre = document.genres.first();
            let genre = genre.and_then(|genre| self.projection.genre(genre));
            records.put(ordinal, &document.name, genre);
        }
    }

    fn revision(&self, id: Uuid) -> Option<i64> {
        let ordinal = self.projection.ordinal(id)?;
        Some(self.projection.entry(ordinal).row().revision)
    }

    fn has_indexed(&self, id: Uuid) -> bool {
        self.projection
            .ordinal(id)
            .is_some_and(|ordinal| self.indexed.get(ordinal as usize) == Some(&true))
    }

    /// Drops what was derived from the state before a change.
    fn renew(&mut self, reader: &IndexReader) -> Result<(), SearchError> {
        self.orders = Orders::default();
        self.words = Words::default();
        self.counts = Counts::default();
        self.lexicon.follow(&self.projection);
        let mut segments = HashMap::new();
        for segment in reader.searcher().segment_readers() {
            let id = segment.segment_id();
            let ordinals = if let Some(known) = self.segments.remove(&id) {
                known
            } else {
                let ordinals = words::ordinals(segment, |id| self.projection.ordinal(id))?;
                self.indexed.resize(self.projection.len(), false);
                // A document of no title has an ordinal beyond the end.
                for &ordinal in ordinals.iter() {
                    if let Some(is_indexed) = self.indexed.get_mut(ordinal as usize) {
                        *is_indexed = true;
                    }
                }
                ordinals
            };
            segments.insert(id, ordinals);
        }
        self.segments = segments;
        Ok(())
    }

    /// The first titles in an order, after a position, and the position of the last one if more follow.
    pub(super) fn best(
        &self,
        mut matches: Vec<Match>,
        sort: Sort,
        after: Option<&Position>,
        limit: usize,
        effort: Effort,
    ) -> Result<(Vec<Uuid>, Option<Position>), SearchError> {
        let order = self.orders.get(sort, &self.projection, effort)?;
        if !matches!(sort, Sort::Relevance | Sort::EndsSoon) {
            for found in &mut matches {
                found.score = 0;
            }
        }
        let place = |found: &Match| (Reverse(found.score), order.rank(found.ordinal));
        if let Some(after) = after {
            let first = (Reverse(after.score), order.rank_after(after, &self.projection));
            matches.retain(|found| place(found) >= first);
        }
        let more = matches.len() > limit;
        if more && limit > 0 {
            matches.select_nth_unstable_by_key(limit - 1, place);
        }
        matches.truncate(limit);
        matches.sort_unstable_by_key(place);
        let last = matches.last().filter(|_| more);
        let next = last.map(|found| Position::new(sort, found.score, self.projection.entry(found.ordinal)));
        let ids = matches
            .iter()
            .map(|found| self.projection.entry(found.ordinal).row().id);
        Ok((ids.collect(), next))
    }
}
