//! The lab's records: a few facts of every title, many in one message.

use std::ops::Range;
use std::sync::Arc;

use api::lab::{ExportRecordsRequest, ListRecordsRequest};
use api::{Record, Records, RecordsWriter};
use futures::stream;
use store::Db;
use uuid::Uuid;
use uuid::fmt::Hyphenated;

use super::CatalogueService;
use crate::fault::{Fault, Result};
use crate::search::Index;
use crate::title::store::titles;

/// The most records of one call.
const RECORDS: i32 = 1_000_000;
/// The most records of one message of a stream.
const BATCH: i32 = 4_096;
const USUAL_BATCH: usize = 1_024;
/// Records that are copied at once; the index cannot change during that time.
const AT_ONCE: usize = 4_096;
/// About what a record takes in a message.
const RECORD_BYTES: usize = 80;

/// The records of a store that keeps them.
pub(super) struct KeptRecords(Arc<Index>);

impl CatalogueService {
    pub(super) fn records(&self) -> Result<KeptRecords> {
        match self.lab {
            Some(_) => Ok(KeptRecords(Arc::clone(self.follower.index()))),
            None => Err(Fault::LabOnly),
        }
    }
}

impl KeptRecords {
    /// The first records in one message.
    pub(super) fn list(&self, request: ListRecordsRequest) -> Result<Records> {
        let wanted = self.wanted(request.records)?;
        let mut writer = RecordsWriter::with_capacity(wanted * RECORD_BYTES);
        for at_once in parts(0..wanted, AT_ONCE) {
            self.write(at_once, &mut writer);
        }
        Ok(writer.into_batch())
    }

    /// The same in another order, read from the database part by part.
    pub(super) async fn read(&self, db: &Db, request: ListRecordsRequest) -> Result<Records> {
        let wanted = self.wanted(request.records)?;
        let mut writer = RecordsWriter::with_capacity(wanted * RECORD_BYTES);
        let mut after = Uuid::nil();
        for part in parts(0..wanted, AT_ONCE) {
            let limit = i64::try_from(part.len()).unwrap_or(i64::MAX);
            let rows = titles::records(db, after, limit).await?;
            let Some(last) = rows.last() else { break };
            after = last.title_id;
            for row in &rows {
                push(
                    &mut writer,
                    row.title_id,
                    &row.name,
                    row.genre.as_deref().unwrap_or_default(),
                    row.year,
                );
            }
        }
        Ok(writer.into_batch())
    }

    /// The first records, in batches.
    pub(super) fn export(self, request: ExportRecordsRequest) -> Result<rpc::Stream<Records>> {
        let wanted = self.wanted(request.records)?;
        let batch_size = match request.batch_size {
            0 => USUAL_BATCH,
            size @ 1..=BATCH => usize::try_from(size).unwrap_or(USUAL_BATCH),
            _ => {
                return Err(Fault::invalid(
                    "batch_size",
                    format!("A batch has 1 to {BATCH} records."),
                ));
            }
        };
        let at_once = parts(0..wanted, AT_ONCE.next_multiple_of(batch_size));
        let batches = at_once.flat_map(move |at_once| self.batches(at_once, batch_size));
        Ok(Box::pin(stream::iter(batches.map(Ok))))
    }

    fn batches(&self, titles: Range<usize>, batch_size: usize) -> impl Iterator<Item = Records> + use<> {
        let mut writer = RecordsWriter::with_capacity(titles.len() * RECORD_BYTES);
        for batch in parts(titles, batch_size) {
            self.write(batch, &mut writer);
            writer.end_batch();
        }
        writer.into_batches()
    }

    fn write(&self, titles: Range<usize>, writer: &mut RecordsWriter) {
        self.0.records(titles, |record| {
            push(writer, record.id, record.name, record.genre, record.year);
        });
    }

    fn wanted(&self, records: i32) -> Result<usize> {
        if !(1..=RECORDS).contains(&records) {
            return Err(Fault::invalid("records", format!("Ask for 1 to {RECORDS} records.")));
        }
        Ok(usize::try_from(records).unwrap_or_default().min(self.0.len()))
    }
}

fn push(writer: &mut RecordsWriter, id: Uuid, name: &str, genre: &str, year: i32) {
    let mut text = [0; Hyphenated::LENGTH];
    let id = id.hyphenated().encode_lower(&mut text);
    writer.push(Record { id, name, genre, year });
}

/// A range in parts of a size; the last may be smaller.
fn parts(range: Range<usize>, size: usize) -> impl Iterator<Item = Range<usize>> {
    let end = range.end;
    range.step_by(size).map(move |start| start..(start + size).min(end))
}
