//! Media tokens: a part of the media URL that names a playback session, signed so that a client cannot invent one.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::Uuid;

use crate::id::{CustomerId, PlaybackId};

/// The block size of SHA-256: a key of this size is neither padded nor hashed by HMAC.
pub(crate) const KEY_BYTES: usize = 64;
const MAC_BYTES: usize = 32;
const NUMBER_BYTES: usize = 8;
const UUID_BYTES: usize = 16;
const SIGNED_BYTES: usize = NUMBER_BYTES + 2 * UUID_BYTES;

/// A key that signs media tokens, with its number, which tokens contain.
#[derive(Clone)]
pub(crate) struct SigningKey {
    pub(crate) number: i64,
    pub(crate) secret: [u8; KEY_BYTES],
    pub(crate) created_at_us: i64,
}

/// The content of a media token. Until a key [has signed it](SigningKey::has_signed), it is only the client's claim.
pub(crate) struct MediaToken {
    pub(crate) key_number: i64,
    pub(crate) customer: CustomerId,
    pub(crate) playback: PlaybackId,
    signed: [u8; SIGNED_BYTES],
    mac: [u8; MAC_BYTES],
}

impl SigningKey {
    /// The token of a playback session: the key's number, the customer, the session, and the signature over them.
    pub(crate) fn sign(&self, customer: CustomerId, playback: PlaybackId) -> String {
        let mut token = Vec::with_capacity(SIGNED_BYTES + MAC_BYTES);
        token.extend(self.number.to_be_bytes());
        token.extend(customer.uuid().as_bytes());
        token.extend(playback.uuid().as_bytes());
        let mac = self.mac(&token).finalize().into_bytes();
        token.extend(mac);
        URL_SAFE_NO_PAD.encode(token)
    }

    /// Compares in constant time.
    pub(crate) fn has_signed(&self, token: &MediaToken) -> bool {
        self.mac(&token.signed).verify_slice(&token.mac).is_ok()
    }

    fn mac(&self, signed: &[u8]) -> Hmac<Sha256> {
        Hmac::<Sha256>::new(&self.secret.into()).chain_update(signed)
    }
}

impl MediaToken {
    /// Decodes a token; `None` if it does not have the form of one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        const TEXT_BYTES: usize = (SIGNED_BYTES + MAC_BYTES) * 4 / 3;
        if text.len() != TEXT_BYTES {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (signed, mac) = bytes.split_first_chunk::<SIGNED_BYTES>()?;
        let (number, ids) = signed.split_first_chunk::<NUMBER_BYTES>()?;
        let (customer, playback) = ids.split_first_chunk::<UUID_BYTES>()?;
        Some(Self {
            key_number: i64::from_be_bytes(*number),
            customer: CustomerId::new(Uuid::from_bytes(*customer)),
            playback: PlaybackId::new(Uuid::from_slice(playback).ok()?),
            signed: *signed,
            mac: mac.try_into().ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::{customer_id, playback_id};

    fn key(byte: u8) -> SigningKey {
        SigningKey {
            number: 7,
            secret: [byte; KEY_BYTES],
            created_at_us: 0,
        }
    }

    #[test]
    fn a_token_names_its_session_and_its_key() {
        let text = key(1).sign(customer_id(3), playback_id(4));
        let token = MediaToken::parse(&text).unwrap();
        assert_eq!((token.key_number, token.customer), (7, customer_id(3)));
        assert_eq!(token.playback, playback_id(4));
        assert!(key(1).has_signed(&token));
    }

    #[test]
    fn a_token_changed_anywhere_or_signed_by_another_key_is_refused() {
        let text = key(1).sign(customer_id(3), playback_id(4));
        assert!(!key(2).has_signed(&MediaToken::parse(&text).unwrap()));
        for index in 0..text.len() {
            let mut forged = text.clone().into_bytes();
            forged[index] = if forged[index] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(forged).unwrap();
            let accepted = MediaToken::parse(&forged).is_some_and(|token| key(1).has_signed(&token));
            assert!(!accepted, "{index}");
        }
        for garbage in ["", "x", &text[1..], &"=".repeat(text.len())] {
            assert!(MediaToken::parse(garbage).is_none());
        }
    }
}
