//! The record of the requests that were made to payment providers. Staff read there what was asked for an order, and what the
//! provider answered.

use std::sync::Arc;
use std::time::Duration;

use payments::{CallRecorder, ProviderCall};
use store::{Clock, Db, Ids, write_tx};
use tokio::sync::{Mutex, mpsc};
use tokio_util::sync::CancellationToken;

use crate::fault::Result;
use crate::payment::store::calls;
use crate::time::duration_us;

/// The most calls that wait to be written. Beyond it they are not recorded: paying does not wait for its record.
const WAITING_LIMIT: usize = 1_024;
/// The most calls that are written at once.
const BATCH: usize = 100;
/// How long calls are kept.
const KEPT: Duration = Duration::from_hours(180 * 24);

/// A request that was made to a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RecordedCall {
    pub(crate) method: String,
    pub(crate) path: String,
    /// None if no answer came.
    pub(crate) status: Option<i32>,
    pub(crate) error: Option<String>,
    pub(crate) elapsed_us: i64,
    pub(crate) at_us: i64,
}

/// Takes the calls of the providers, which do not wait until they are written.
pub struct ProviderCalls {
    db: Db,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    sender: mpsc::Sender<ProviderCall>,
    receiver: Mutex<mpsc::Receiver<ProviderCall>>,
}

impl ProviderCalls {
    /// A record in rent's database.
    pub fn new(db: Db, clock: Arc<dyn Clock>, ids: Arc<dyn Ids>) -> Self {
        let (sender, receiver) = mpsc::channel(WAITING_LIMIT);
        Self {
            db,
            clock,
            ids,
            sender,
            receiver: Mutex::new(receiver),
        }
    }

    /// Writes what was recorded, until it is cancelled and nothing waits any more.
    pub async fn run(&self, cancel: CancellationToken) {
        let mut receiver = self.receiver.lock().await;
        let mut batch = Vec::with_capacity(BATCH);
        while cancel
            .run_until_cancelled(receiver.recv_many(&mut batch, BATCH))
            .await
            .is_some()
        {
            self.write_or_warn(std::mem::take(&mut batch)).await;
        }
        while let Ok(call) = receiver.try_recv() {
            batch.push(call);
        }
        for batch in batch.chunks(BATCH) {
            self.write_or_warn(batch.to_vec()).await;
        }
    }

    async fn write_or_warn(&self, batch: Vec<ProviderCall>) {
        if let Err(fault) = self.write(batch).await {
            tracing::warn!(?fault, "requests to a payment provider were not recorded");
        }
    }

    async fn write(&self, batch: Vec<ProviderCall>) -> Result<()> {
        let rows: Vec<_> = batch.into_iter().map(|call| (self.ids.next(), call)).collect();
        let before_us = self.clock.now_us() - duration_us(KEPT);
        write_tx!(self.db, read committed, |tx| -> Result<()> {
            calls::insert(tx, &rows).await?;
            calls::forget(tx, before_us).await?;
            Ok(())
        })
    }
}

impl CallRecorder for ProviderCalls {
    fn record(&self, call: ProviderCall) {
        metrics::counter!(
            "dvs_provider_calls_total",
            "provider" => call.provider,
            "outcome" => if call.error.is_some() { "failed" } else { "answered" }
        )
        .increment(1);
        if self.sender.try_send(call).is_err() {
            metrics::counter!("dvs_provider_calls_not_recorded_total").increment(1);
        }
    }
}
