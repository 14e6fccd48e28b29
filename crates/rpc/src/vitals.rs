//! Whether one replica answers. If calls are under way there and none was answered for a moment, its health is checked.
//! A replica that does not answer the check in time is hung, such as a stopped process, whose connections stay open.

use std::pin::pin;
use std::sync::atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::connect::Address;
use crate::fault::Fault;
use crate::grpc::Health;

/// After this long without an answer the health of a replica is checked.
const ASK_AFTER: Duration = Duration::from_millis(400);
/// How long the health check may take. With [`ASK_AFTER`] a hung replica is left out within two seconds.
const HEALTH_LIMIT: Duration = Duration::from_millis(1500);
/// The same for an only replica: calls can go to no other, and a slow one is better than none.
const ONLY_HEALTH_LIMIT: Duration = Duration::from_secs(4);
/// How often a replica that was ejected or hung is checked again.
const CHECK_EVERY: Duration = Duration::from_millis(250);

/// The condition of a replica, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Condition {
    Well,
    /// It could not be reached, or reports that it does not serve; calls to it fail at once, if they fail.
    Ejected,
    /// It accepts calls and answers none; calls to it would only wait.
    Hung,
}

/// How a call is counted at its replica. Streams are counted apart: they last for hours, and do not show how busy a
/// replica is with calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Unary,
    Stream,
}

/// What the watchers of one service's replicas share.
#[derive(Debug, Default)]
pub(crate) struct Siblings {
    pub(crate) count: AtomicUsize,
    /// Wakes all watchers when one replica is silent: if one hangs, others may hang too.
    alarm: Notify,
}

/// The state of one replica, as its callers know it.
pub(crate) struct Vitals {
    unary: AtomicUsize,
    streams: AtomicUsize,
    condition: AtomicU8,
    known_since: Instant,
    /// When it last answered, or when the first of the calls under way began, in milliseconds since `known_since`.
    heard_at_ms: AtomicU64,
    answered_at_ms: AtomicU64,
    /// Wakes the watcher when a first call has begun, or when the replica was ejected.
    stirred: Notify,
    siblings: Arc<Siblings>,
    /// Cancelled when the replica is found to be hung, so that the calls that wait for it fail.
    hung: Mutex<CancellationToken>,
}

impl Vitals {
    pub(crate) fn new(siblings: Arc<Siblings>) -> Self {
        Self {
            siblings,
            unary: AtomicUsize::new(0),
            streams: AtomicUsize::new(0),
            condition: AtomicU8::new(Condition::Well as u8),
            known_since: Instant::now(),
            heard_at_ms: AtomicU64::new(0),
            answered_at_ms: AtomicU64::new(0),
            stirred: Notify::new(),
            hung: Mutex::default(),
        }
    }

    pub(crate) fn condition(&self) -> Condition {
        match self.condition.load(Ordering::Relaxed) {
            0 => Condition::Well,
            1 => Condition::Ejected,
            _ => Condition::Hung,
        }
    }

    /// How many calls of a kind are under way.
    pub(crate) fn under_way(&self, kind: Kind) -> usize {
        self.count(kind).load(Ordering::Relaxed)
    }

    pub(crate) fn begin(&self, kind: Kind) {
        let is_first = self.waiting() == 0;
        self.count(kind).fetch_add(1, Ordering::Relaxed);
        if is_first {
            self.heard_at_ms.store(self.now_ms(), Ordering::Relaxed);
            self.stirred.notify_one();
        }
    }

    pub(crate) fn end(&self, kind: Kind) {
        self.count(kind).fetch_sub(1, Ordering::Relaxed);
    }

    /// Records that the replica has answered.
    pub(crate) fn heard(&self) {
        let now_ms = self.now_ms();
        self.heard_at_ms.store(now_ms, Ordering::Relaxed);
        self.answered_at_ms.store(now_ms, Ordering::Relaxed);
    }

    /// Records that the replica could not be reached; returns whether it was well before. A hung replica stays hung,
    /// although the calls that waited for it fail.
    pub(crate) fn eject(&self) -> bool {
        let (well, ejected) = (Condition::Well as u8, Condition::Ejected as u8);
        let rests = self
            .condition
            .compare_exchange(well, ejected, Ordering::Relaxed, Ordering::Relaxed)
            .is_ok();
        self.stirred.notify_one();
        rests
    }

    /// Cancelled when the replica is found to be hung.
    pub(crate) fn hung(&self) -> CancellationToken {
        // Nothing panics while it holds the lock.
        self.hung.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn count(&self, kind: Kind) -> &AtomicUsize {
        match kind {
            Kind::Unary => &self.unary,
            Kind::Stream => &self.streams,
        }
    }

    fn waiting(&self) -> usize {
        self.under_way(Kind::Unary) + self.under_way(Kind::Stream)
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.known_since.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn change(&self, to: Condition) -> Condition {
        let before = self.condition();
        self.condition.store(to as u8, Ordering::Relaxed);
        before
    }

    fn hang(&self) -> bool {
        let hangs = self.change(Condition::Hung) != Condition::Hung;
        // Also ends the calls that began after the replica was found to be hung.
        std::mem::take(&mut *self.hung.lock().unwrap_or_else(PoisonError::into_inner)).cancel();
        hangs
    }

    /// Waits until the replica has to be checked: calls are under way and none was answered for a moment, the replica
    /// was ejected, or another replica is silent.
    async fn doubted(&self) {
        let mut alarm = pin!(self.siblings.alarm.notified());
        while self.condition() == Condition::Well {
            if self.waiting() == 0 {
                tokio::select! {
                    () = &mut alarm => return,
                    () = self.stirred.notified() => continue,
                }
            }
            let silent_ms = self.now_ms().saturating_sub(self.heard_at_ms.load(Ordering::Relaxed));
            let left = ASK_AFTER.saturating_sub(Duration::from_millis(silent_ms));
            if left.is_zero() {
                return self.siblings.alarm.notify_waiters();
            }
            let _ = tokio::time::timeout(left, self.stirred.notified()).await;
        }
    }
}

/// Watches one replica until it is aborted.
pub(crate) async fn watch(vitals: Arc<Vitals>, address: Address) {
    let mut health = Health::of(&address);
    loop {
        if vitals.condition() == Condition::Well {
            vitals.doubted().await;
        } else {
            tokio::time::sleep(CHECK_EVERY).await;
        }
        let is_only = vitals.siblings.count.load(Ordering::Relaxed) < 2;
        let limit = if is_only { ONLY_HEALTH_LIMIT } else { HEALTH_LIMIT };
        let asked_at_ms = vitals.now_ms();
        match health.is_serving(limit).await {
            Ok(Some(true)) => {
                vitals.heard();
                if vitals.change(Condition::Well) != Condition::Well {
                    tracing::info!(%address, "a replica is well again");
                }
            }
            Ok(Some(false)) => left_out(&vitals, &address, "it says that it does not serve"),
            Err(fault) => left_out(&vitals, &address, fault.private().unwrap_or(&fault.message)),
            // It is slow, but has answered a call since the check began.
            Ok(None) if vitals.answered_at_ms.load(Ordering::Relaxed) > asked_at_ms => {}
            Ok(None) => {
                if vitals.hang() {
                    metrics::counter!("dvs_hung_replicas_total").increment(1);
                    tracing::warn!(%address, "a replica does not answer; it is left out until it does");
                }
            }
        }
    }
}

fn left_out(vitals: &Vitals, address: &Address, why: &str) {
    if vitals.change(Condition::Ejected) == Condition::Well {
        tracing::info!(%address, why, "a replica is left out until it is well again");
    }
}

/// The fault of a call whose replica hangs: the call may have been executed.
pub(crate) fn unanswered() -> Fault {
    Fault::lost("the replica does not answer")
}
