//! Looks how playback sessions stand, for all conversations of this process at once: however many players there are, the
//! database is asked a few times a second, not by each of them.

use std::collections::HashMap;
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use store::{Clock, Db};
use tokio::sync::oneshot;
use tokio_util::task::TaskTracker;

use crate::fault::Result;
use crate::id::{CustomerId, PlaybackId};
use crate::store::playbacks;

/// How long a look waits for others to come along.
const GATHER: Duration = Duration::from_millis(250);
/// Sessions of one question.
const TOGETHER: usize = 500;

/// How a session stands, as its conversation must know.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Standing {
    Lives { now_us: i64 },
    TakenOver,
    Ended,
}

#[derive(Clone)]
pub(crate) struct Looks {
    db: Db,
    clock: Arc<dyn Clock>,
    tasks: TaskTracker,
    /// One of each conversation at most, and their number is limited.
    gathered: Arc<Mutex<Vec<Look>>>,
}

struct Look {
    customer: CustomerId,
    playback: PlaybackId,
    answer: oneshot::Sender<Standing>,
}

impl Looks {
    pub(crate) fn new(db: Db, clock: Arc<dyn Clock>, tasks: TaskTracker) -> Self {
        Self {
            db,
            clock,
            tasks,
            gathered: Arc::default(),
        }
    }

    /// How a session stands; none where the database could not be asked.
    pub(crate) async fn look(&self, customer: CustomerId, playback: PlaybackId) -> Option<Standing> {
        let (answer, standing) = oneshot::channel();
        let is_first = {
            let mut gathered = self.gathered.lock().unwrap_or_else(PoisonError::into_inner);
            gathered.push(Look {
                customer,
                playback,
                answer,
            });
            gathered.len() == 1
        };
        if is_first {
            // In a task of its own: the others wait for it even when the first leaves.
            let looks = self.clone();
            self.tasks.spawn(async move {
                tokio::time::sleep(GATHER).await;
                looks.answer_all().await;
            });
        }
        standing.await.ok()
    }

    async fn answer_all(&self) {
        let mut looks = mem::take(&mut *self.gathered.lock().unwrap_or_else(PoisonError::into_inner));
        while !looks.is_empty() {
            let together = looks.split_off(looks.len().saturating_sub(TOGETHER));
            if let Err(fault) = self.answer(together).await {
                tracing::warn!(?fault, "it could not be seen how playback sessions stand");
            }
        }
    }

    async fn answer(&self, looks: Vec<Look>) -> Result<()> {
        let now_us = self.clock.now_us();
        let sessions: Vec<_> = looks.iter().map(|look| (look.customer, look.playback)).collect();
        let leases = playbacks::leases(&self.db, &sessions).await?;
        let leases: HashMap<_, _> = leases.into_iter().map(|lease| (lease.playback, lease)).collect();
        for look in looks {
            let standing = match leases.get(&look.playback) {
                Some(lease) if lease.taken_over => Standing::TakenOver,
                Some(lease) if now_us < lease.until_us => Standing::Lives { now_us },
                _ => Standing::Ended,
            };
            // Who has left does not hear it.
            let _ = look.answer.send(standing);
        }
        Ok(())
    }
}
