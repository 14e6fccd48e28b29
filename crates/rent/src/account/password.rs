//! Password hashing. It is slow on purpose, so only a few run at once, and never on a thread that answers calls.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use argon2::password_hash::{Error, PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, PasswordHash, Version};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::account::new_password::Password;
use crate::fault::{Fault, Result};
use crate::limits::Limits;

/// Argon2id over 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// The hash to compare with if the e-mail address is unknown, so that the answer takes as long as for a known one. It
/// has the usual cost, and no password matches it.
const DECOY_HASH: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGhhcyBpdCE$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Hashes and compares passwords. A few run at once, a few more wait, and further ones are refused.
pub(crate) struct PasswordHashing {
    turns: Arc<Semaphore>,
    /// How many run or wait.
    present: Arc<AtomicUsize>,
    room: usize,
}

impl PasswordHashing {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            turns: Arc::new(Semaphore::new(limits.password_hashes_at_once)),
            present: Arc::default(),
            room: limits.password_hashes_at_once + limits.password_hashes_waiting,
        }
    }

    /// The hash of a new password, in the PHC form.
    pub(crate) async fn hash(&self, password: Password, salt: [u8; 16]) -> Result<String> {
        self.work(move || {
            let hash: PasswordHash = argon2()?.hash_password_with_salt(password.as_bytes(), &salt)?;
            Ok(hash.to_string())
        })
        .await
    }

    /// Whether the password matches the hash. Without a hash, or with the empty one of an account that no password
    /// opens, the answer is no, after the same amount of work.
    pub(crate) async fn matches(&self, password: Password, hash: Option<String>) -> Result<bool> {
        self.work(move || {
            let hash = hash.filter(|hash| !hash.is_empty());
            let known = hash.is_some();
            let hash = hash.unwrap_or_else(|| DECOY_HASH.to_owned());
            // One comparison for each form in which it may have been typed, whether there is such an account or not.
            let mut is_right = false;
            for candidate in password.candidates() {
                is_right |= match argon2()?.verify_password(candidate, hash.as_str()) {
                    Ok(()) => true,
                    Err(Error::PasswordInvalid) => false,
                    Err(error) => return Err(error),
                };
            }
            Ok(is_right && known)
        })
        .await
    }

    async fn work<T: Send + 'static>(
        &self,
        hashing: impl FnOnce() -> std::result::Result<T, Error> + Send + 'static,
    ) -> Result<T> {
        let place = Place::take(&self.present, self.room)?;
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(Fault::internal)?;
        // If the caller is cancelled, a running hash continues, and keeps its permit and its place until it is done.
        let done = tokio::task::spawn_blocking(move || {
            let _held: (Place, OwnedSemaphorePermit) = (place, turn);
            hashing()
        });
        done.await.map_err(Fault::internal)?.map_err(Fault::internal)
    }
}

fn argon2() -> std::result::Result<Argon2<'static>, Error> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// A place among those that run or wait.
struct Place(Arc<AtomicUsize>);

impl Place {
    fn take(present: &Arc<AtomicUsize>, room: usize) -> Result<Self> {
        let place = Self(Arc::clone(present));
        if present.fetch_add(1, Ordering::Relaxed) >= room {
            return Err(Fault::TooManySignIns);
        }
        Ok(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(text: &str) -> Password {
        Password::shown(text).unwrap()
    }

    #[tokio::test]
    async fn a_password_matches_its_own_hash_alone() {
        let hashing = PasswordHashing::new(&Limits::default());
        let hash = hashing.hash(password("correct horse"), [1; 16]).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(
            hashing
                .matches(password("correct horse"), Some(hash.clone()))
                .await
                .unwrap()
        );
        assert!(!hashing.matches(password("correct house"), Some(hash)).await.unwrap());
    }

    #[tokio::test]
    async fn no_password_matches_a_missing_hash() {
        let hashing = PasswordHashing::new(&Limits::default());
        assert!(!hashing.matches(password("any password"), None).await.unwrap());
        let decoy = Some(DECOY_HASH.to_owned());
        assert!(!hashing.matches(password("x"), decoy).await.unwrap());
        assert!(!hashing.matches(password(""), Some(String::new())).await.unwrap());
    }

    #[tokio::test]
    async fn a_hash_beyond_the_limit_is_refused_until_another_one_ends() {
        let limits = Limits {
            password_hashes_at_once: 1,
            password_hashes_waiting: 1,
            ..Limits::default()
        };
        let hashing = PasswordHashing::new(&limits);
        let many = (0..3).map(|_| hashing.matches(password("x"), None));
        let answers = futures::future::join_all(many).await;
        let refused = answers
            .iter()
            .filter(|answer| matches!(answer, Err(Fault::TooManySignIns)));
        assert_eq!(refused.count(), 1);
        assert!(hashing.matches(password("x"), None).await.is_ok());
    }
}
