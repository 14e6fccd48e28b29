//! Limits of concurrent calls. A call beyond the limit is refused at once instead of waiting in a queue.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::fault::Fault;

/// How many calls a service handles at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capacity {
    /// Calls with one message each way.
    pub calls: usize,
    /// Calls with a stream on either side, which may stay for hours.
    pub streams: usize,
}

impl Default for Capacity {
    fn default() -> Self {
        Self {
            calls: 1024,
            streams: 4096,
        }
    }
}

/// The permits of a service that are free.
pub(crate) struct Permits {
    pub(crate) calls: Arc<Semaphore>,
    pub(crate) streams: Arc<Semaphore>,
}

impl From<Capacity> for Permits {
    fn from(capacity: Capacity) -> Self {
        Self {
            calls: Arc::new(Semaphore::new(capacity.calls)),
            streams: Arc::new(Semaphore::new(capacity.streams)),
        }
    }
}

/// A permit for one call, or the fault that there is none.
pub(crate) fn take(permits: &Arc<Semaphore>) -> crate::Result<OwnedSemaphorePermit> {
    Arc::clone(permits)
        .try_acquire_owned()
        .map_err(|_none| Fault::overloaded())
}
