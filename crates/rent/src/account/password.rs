//! Hashing of passwords: slow on purpose, so only a few at once, and never on a thread that answers calls.

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

/// The hash that an unknown e-mail's password is compared with, so that it takes as long as a known one's.
/// It is of the same cost and of no password.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGhhcyBpdCE$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Hashes and compares passwords, a few at once, a few more waiting, and refuses the rest.
pub(crate) struct PasswordHashing {
    turns: Arc<Semaphore>,
    /// How many are at work or wait.
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

    /// Whether this is the password; without a hash, or with the empty one of an account that no password opens, the
    /// answer is no, after as much work.
    pub(crate) async fn matches(&self, password: Password, hash: Option<String>) -> Result<bool> {
        self.work(move || {
            let hash = hash.filter(|hash| !hash.is_empty());
            let known = hash.is_some();
            let hash = hash.unwrap_or_else(|| NOBODY.to_owned());
            // As often as there are ways it may have been typed, whether there is such an account or not.
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
        // A caller who leaves does not stop a hash that runs: it keeps its turn and its place until it is done.
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

/// A place among those who work or wait.
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
    async fn nobody_has_a_password_that_matches() {
        let hashing = PasswordHashing::new(&Limits::default());
        assert!(!hashing.matches(password("nobody has it!"), None).await.unwrap());
        assert!(!hashing.matches(password("x"), Some(NOBODY.to_owned())).await.unwrap());
        assert!(!hashing.matches(password(""), Some(String::new())).await.unwrap());
    }

    #[tokio::test]
    async fn a_full_house_is_refused_and_has_room_again_when_somebody_leaves() {
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
