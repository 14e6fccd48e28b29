//! The lab's records of titles: four short fields each, by the hundred thousand.

use anyhow::{Context, Result, ensure};
use api::catalogue::Catalogue;
use api::lab::ExportRecordsRequest;
use futures::StreamExt;
use prost::Message;
use rpc::Call;

use crate::connection_pool::ConnectionPool;
use crate::load::Calls;
use crate::work::failed;

/// A stream of this many records directly from the catalogue.
pub(crate) struct RecordStream {
    pub(crate) catalogue: ConnectionPool<dyn Catalogue>,
    pub(crate) records: i32,
    pub(crate) batch: i32,
}

impl Calls for RecordStream {
    async fn once(&self, _: u64) -> Result<u64> {
        let catalogue = self.catalogue.take().await?;
        let batches = catalogue.export_records(Call::by_service(asked(self.records, self.batch)));
        let mut batches = batches.await.map_err(failed)?;
        let mut moved = 0;
        while let Some(batch) = batches.next().await {
            // Like the reader of the bare stream, it receives each message without decoding its texts.
            moved += batch.map_err(failed)?.count()?;
        }
        ensure!(moved > 0, "the catalogue gave no records");
        Ok(moved)
    }
}

/// The bytes of a message with one record; none if the catalogue has no records.
pub(crate) async fn one_record(catalogue: &dyn Catalogue) -> Option<Vec<u8>> {
    let first = async {
        let batches = catalogue.export_records(Call::by_service(asked(1, 1))).await;
        let batch = batches.map_err(failed)?.next().await.context("a stream of nothing")?;
        anyhow::Ok(batch.map_err(failed)?.encode_to_vec())
    };
    first.await.ok()
}

fn asked(records: i32, batch_size: i32) -> ExportRecordsRequest {
    ExportRecordsRequest { records, batch_size }
}
