//! Secrets whose bearer has a right, such as session tokens: shown once to their owner, stored as a hash.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

const SECRET_BYTES: usize = 32;

/// The longest text that is hashed to look it up.
const TEXT_LIMIT_BYTES: usize = 128;

/// 256 random bits as text: a session's token, or the token of a link in a mail.
pub(crate) struct Secret(String);

impl Secret {
    pub(crate) fn new(random: [u8; SECRET_BYTES]) -> Self {
        Self(URL_SAFE_NO_PAD.encode(random))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn hash(&self) -> SecretHash {
        SecretHash::of(&self.0)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Secret(…)")
    }
}

/// The stored form of a secret. A secret has 256 random bits, so a fast hash without a salt reveals nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SecretHash(pub(crate) [u8; 32]);

impl SecretHash {
    fn of(text: &str) -> Self {
        Self(Sha256::digest(text).into())
    }

    /// The hash of a secret that a client shows; `None` if the text is too long to be one.
    pub(crate) fn of_shown(text: &str) -> Option<Self> {
        (1..=TEXT_LIMIT_BYTES).contains(&text.len()).then(|| Self::of(text))
    }
}
