//! Whether one replica answers. While something is under way there and nothing was heard for a moment, it is asked for
//! its health: one that does not answer in time is hung, as a stopped process is, though its connections stay open.

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

/// After this long without an answer a replica is asked for its health.
const ASK_AFTER: Duration = Duration::from_millis(400);
/// How long the health check may take. With [`ASK_AFTER`] a hung replica is left out within two seconds.
const HEALTH_LIMIT: Duration = Duration::from_millis(1500);
/// The same for an only replica: there is none to turn to, and one that is slow is better than none.
const ONLY_HEALTH_LIMIT: Duration = Duration::from_secs(4);
/// How often a replica that was left out is asked again.
const CHECK_EVERY: Duration = Duration::from_millis(250);

/// How a replica is; the better first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Condition {
    Well,
    /// It could not be reached, or says that it does not serve; asking it fails at once, if it fails.
    Ejected,
    /// It accepts calls and answers none; asking it would only cost time.
    Hung,
}

/// What a call counts as at its replica: streams stay for hours, and say nothing of how busy a replica is with calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Unary,
    Stream,
}

/// What the replicas of one service know of each other.
#[derive(Debug, Default)]
pub(crate) struct Siblings {
    pub(crate) count: AtomicUsize,
    /// Tells all that one of them is silent: where one hangs, another may.
    alarm: Notify,
}

/// The state of one replica, as its callers know it.
pub(crate) struct Vitals {
    unary: AtomicUsize,
    streams: AtomicUsize,
    condition: AtomicU8,
    known_since: Instant,
    /// When it was last heard, or first waited for, in milliseconds since `known_since`.
    heard_at_ms: AtomicU64,
    answered_at_ms: AtomicU64,
    /// Says that a first call has begun, or that the replica was left out.
    stirred: Notify,
    siblings: Arc<Siblings>,
    /// Cancelled when the replica is found to be hung, for what waits for it.
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

    /// It has answered something.
    pub(crate) fn heard(&self) {
        let now_ms = self.now_ms();
        self.heard_at_ms.store(now_ms, Ordering::Relaxed);
        self.answered_at_ms.store(now_ms, Ordering::Relaxed);
    }

    /// It could not be reached; answers whether that is news. A hung one stays hung, though what waited for it fails.
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
        // What began since the replica was found to be hung ends too.
        std::mem::take(&mut *self.hung.lock().unwrap_or_else(PoisonError::into_inner)).cancel();
        hangs
    }

    /// Waits until something is under way and nothing was heard for a moment, or until the replica is left out; or until
    /// another replica is silent.
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
            // It is slow, and answers all the same.
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

/// What a caller is told whose replica is hung: the call may have been carried out.
pub(crate) fn unanswered() -> Fault {
    Fault::lost("the replica does not answer")
}
