//! Limits how much of a film is delivered before its first picture is reported.
//!
//! A rental's viewing window starts when its player reports the first picture, and what was played is not refunded. A client
//! that never reports it could still read the whole film, so the gateway counts the bytes: beyond what a first picture needs, it
//! reports the picture itself. The bytes are counted for the entitlement, not for the session, so opening one session after
//! another gains nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use api::rent::{Rent, StartViewingRequest};
use bytes::Bytes;
use moka::sync::Cache;
use rpc::{Call, Context, Fault};
use tokio::time::Instant;

/// How many rentals are counted at once; each for as long as one session may last.
const RENTALS: u64 = 20_000;
const COUNTED_FOR: Duration = Duration::from_hours(24);
/// A first picture needs the film's index and a few seconds of it: this share of the film, or in a small file this many
/// bytes, but never more than half of the film.
const FIRST_PICTURE_PERCENT: u64 = 5;
const FIRST_PICTURE_BYTES: u64 = 1024 * 1024;
/// How long rent may take to start the window before the delivery is cut off; the player then requests the rest again.
const PATIENCE: Duration = Duration::from_secs(10);

/// The rentals whose first picture was not reported yet.
pub(crate) struct Unseen(Cache<String, Arc<Delivered>>);

#[derive(Default)]
struct Delivered {
    bytes: AtomicU64,
    has_started: AtomicBool,
}

impl Default for Unseen {
    fn default() -> Self {
        let counts = Cache::builder().max_capacity(RENTALS).time_to_idle(COUNTED_FOR);
        Self(counts.build())
    }
}

impl Unseen {
    /// A meter for the delivery of a film of this size.
    pub(crate) fn meter(
        &self,
        entitlement_id: &str,
        film_bytes: u64,
        media_token: &str,
        rent: &Arc<dyn Rent>,
    ) -> Meter {
        Meter {
            delivered: self.0.get_with(entitlement_id.to_owned(), Arc::default),
            allowed_bytes: allowed_bytes(film_bytes),
            media_token: media_token.to_owned(),
            rent: Arc::clone(rent),
        }
    }
}

fn allowed_bytes(film_bytes: u64) -> u64 {
    let share = film_bytes / 100 * FIRST_PICTURE_PERCENT;
    share.max(FIRST_PICTURE_BYTES).min(film_bytes / 2)
}

/// Counts the bytes of one answer.
#[derive(Clone)]
pub(crate) struct Meter {
    delivered: Arc<Delivered>,
    allowed_bytes: u64,
    media_token: String,
    rent: Arc<dyn Rent>,
}

impl Meter {
    /// Counts a piece of the film; before it passes a piece beyond the limit, it starts the viewing window.
    pub(crate) async fn pass(self, piece: Bytes) -> std::io::Result<Bytes> {
        if self.delivered.has_started.load(Ordering::Acquire) {
            return Ok(piece);
        }
        let length = u64::try_from(piece.len()).unwrap_or(u64::MAX);
        let before = self.delivered.bytes.fetch_add(length, Ordering::AcqRel);
        if before.saturating_add(length) > self.allowed_bytes {
            self.start().await.map_err(std::io::Error::other)?;
            self.delivered.has_started.store(true, Ordering::Release);
        }
        Ok(piece)
    }

    async fn start(&self) -> Result<(), Fault> {
        let message = StartViewingRequest {
            media_token: self.media_token.clone(),
        };
        let context = Context {
            deadline: Some(Instant::now() + PATIENCE),
            ..Context::default()
        };
        self.rent.start_viewing(Call::new(message, context)).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1024 * 1024;

    #[test]
    fn a_first_picture_takes_a_share_of_the_film_and_never_half_of_it() {
        for (film, allowed) in [(0, 0), (MIB, MIB / 2), (10 * MIB, MIB), (1000 * MIB, 50 * MIB)] {
            let got = allowed_bytes(film);
            assert!(got.abs_diff(allowed) < 1000, "{film}: {got}");
        }
    }
}
