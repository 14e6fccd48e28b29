//! Queries the leases of playback sessions for all conversations of this process together: the database gets a few
//! queries a second, not one from each player.

use std::collections::HashMap;
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use store::{Clock, Db};
use tokio::sync::oneshot;
use tokio_util::task::TaskTracker;

use crate::fault::Result;
use crate::id::{CustomerId, PlaybackId};
use crate::playback::store::playbacks;

/// How long the first query waits for others, so that one statement answers all of them.
const GATHER: Duration = Duration::from_millis(250);
/// The most sessions of one statement.
const BATCH: usize = 500;

/// The state of a session's lease.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Lease {
    Valid { now_us: i64 },
    TakenOver,
    Ended,
}

#[derive(Clone)]
pub(crate) struct LeasePoller {
    db: Db,
    clock: Arc<dyn Clock>,
    tasks: TaskTracker,
    /// At most one for each conversation, and the number of conversations is limited.
    waiting: Arc<Mutex<Vec<Query>>>,
}

struct Query {
    customer: CustomerId,
    playback: PlaybackId,
    answer: oneshot::Sender<Lease>,
}

impl LeasePoller {
    pub(crate) fn new(db: Db, clock: Arc<dyn Clock>, tasks: TaskTracker) -> Self {
        Self {
            db,
            clock,
            tasks,
            waiting: Arc::default(),
        }
    }

    /// The lease of a session; `None` if the database did not answer.
    pub(crate) async fn lease(&self, customer: CustomerId, playback: PlaybackId) -> Option<Lease> {
        let (answer, lease) = oneshot::channel();
        let is_first = {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.push(Query {
                customer,
                playback,
                answer,
            });
            waiting.len() == 1
        };
        if is_first {
            // In a task of its own, because others wait for the result even if the first caller is cancelled.
            let poller = self.clone();
            self.tasks.spawn(async move {
                tokio::time::sleep(GATHER).await;
                poller.answer_all().await;
            });
        }
        lease.await.ok()
    }

    async fn answer_all(&self) {
        let mut waiting = mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        while !waiting.is_empty() {
            let batch = waiting.split_off(waiting.len().saturating_sub(BATCH));
            if let Err(fault) = self.answer(batch).await {
                tracing::warn!(?fault, "the leases of playback sessions could not be read");
            }
        }
    }

    async fn answer(&self, batch: Vec<Query>) -> Result<()> {
        let now_us = self.clock.now_us();
        let sessions: Vec<_> = batch.iter().map(|query| (query.customer, query.playback)).collect();
        let leases = playbacks::leases(&self.db, &sessions).await?;
        let leases: HashMap<_, _> = leases.into_iter().map(|lease| (lease.playback, lease)).collect();
        for query in batch {
            let lease = match leases.get(&query.playback) {
                Some(lease) if lease.taken_over => Lease::TakenOver,
                Some(lease) if now_us < lease.until_us => Lease::Valid { now_us },
                _ => Lease::Ended,
            };
            // The conversation may have ended, and then does not receive the result.
            let _ = query.answer.send(lease);
        }
        Ok(())
    }
}
