//! The keys of media tokens, which are in the database and are rotated: the newest signs, the older ones only verify.

use std::sync::{Arc, PoisonError, RwLock};

use store::{Clock, Db, Randomness, write_tx};

use crate::fault::{Fault, Result};
use crate::limits::Limits;
use crate::playback::media_token::{KEY_BYTES, SigningKey};
use crate::playback::store::signing_keys;
use crate::time::duration_us;

/// How many keys are cached; older ones verify nothing any more.
const REMEMBERED: usize = 4;

pub(crate) struct SigningKeys {
    pub(crate) db: Db,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) randomness: Arc<dyn Randomness>,
    /// How long a key signs.
    signs_us: i64,
    /// How long it verifies the last token that it signed.
    checks_us: i64,
    /// Newest first.
    remembered: RwLock<Vec<SigningKey>>,
}

impl SigningKeys {
    pub(crate) fn new(db: Db, clock: Arc<dyn Clock>, randomness: Arc<dyn Randomness>, limits: &Limits) -> Self {
        Self {
            db,
            clock,
            randomness,
            signs_us: duration_us(limits.signing_key),
            checks_us: duration_us(limits.playback),
            remembered: RwLock::default(),
        }
    }

    /// The key that signs now: a new one if the last has signed for long enough.
    pub(crate) async fn current(&self) -> Result<SigningKey> {
        let now_us = self.clock.now_us();
        let signs = |key: &SigningKey| now_us < key.created_at_us + self.signs_us;
        if let Some(key) = self.recall(signs) {
            return Ok(key);
        }
        let mut secret = [0; KEY_BYTES];
        self.randomness.fill(&mut secret);
        let key = write_tx!(self.db, read committed, |tx| -> Result<SigningKey> {
            let newest = signing_keys::newest(&mut *tx).await?;
            if let Some(key) = newest.clone().filter(signs) {
                return Ok(key);
            }
            let key = SigningKey {
                number: newest.map_or(1, |key| key.number + 1),
                secret,
                created_at_us: now_us,
            };
            if !signing_keys::insert(tx, &key).await? {
                // If several processes create it at once, the first succeeds, and the others sign with that key.
                let first = signing_keys::find(&mut *tx, key.number).await?;
                return first.ok_or_else(|| Fault::internal("a key that was there is gone"));
            }
            signing_keys::delete_before(tx, now_us - self.signs_us - self.checks_us).await?;
            Ok(key)
        })?;
        self.remember(&key);
        Ok(key)
    }

    /// The key with this number, while it verifies.
    pub(crate) async fn find(&self, number: i64) -> Result<Option<SigningKey>> {
        if let Some(key) = self.recall(|key| key.number == number) {
            return Ok(Some(key));
        }
        let found = signing_keys::find(&self.db, number).await?;
        if let Some(key) = &found {
            self.remember(key);
        }
        Ok(found)
    }

    fn recall(&self, wanted: impl Fn(&SigningKey) -> bool) -> Option<SigningKey> {
        let remembered = self.remembered.read().unwrap_or_else(PoisonError::into_inner);
        remembered.iter().find(|key| wanted(key)).cloned()
    }

    fn remember(&self, key: &SigningKey) {
        let mut remembered = self.remembered.write().unwrap_or_else(PoisonError::into_inner);
        remembered.retain(|known| known.number != key.number);
        remembered.push(key.clone());
        remembered.sort_by_key(|key| std::cmp::Reverse(key.number));
        remembered.truncate(REMEMBERED);
    }
}
