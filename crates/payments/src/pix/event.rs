//! Events of API Pix: the transfers that came, or whose return has ended.
//!
//! The bank shows itself by its certificate, which ends at the store's proxy. So the address that the bank is given has a
//! token, which only somebody who knows the client secret could make.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::charge::payment_of;
use crate::event::{EventError, EventRequest, EventSubject, ProviderEvent};
use crate::hex;
use crate::secret::Secret;

/// What the token is made of, besides the secret.
const PURPOSE: &[u8] = b"dvs pix webhook v1";
const TOKEN_NAME: &str = "token";
/// What banks put at the end of the address that they are given, even after its query.
const SUFFIX: &str = "/pix";

/// The token in the address for events.
pub(super) fn token(secret: &Secret) -> String {
    mac(secret)
        .map(|mac| hex::encode(&mac.finalize().into_bytes()))
        .unwrap_or_default()
}

pub(super) fn with_token(url: &str, secret: &Secret) -> String {
    let joint = if url.contains('?') { '&' } else { '?' };
    format!("{url}{joint}{TOKEN_NAME}={}", token(secret))
}

pub(super) fn read(request: &EventRequest<'_>, secrets: &[&Secret]) -> Result<ProviderEvent, EventError> {
    let tokens = request.query.split('&').filter_map(|part| part.split_once('='));
    let shown = tokens
        .into_iter()
        .find_map(|(name, value)| (name == TOKEN_NAME).then_some(value));
    let shown = shown.map(|value| value.strip_suffix(SUFFIX).unwrap_or(value));
    let shown = shown.and_then(hex::decode).ok_or(EventError::Signature)?;
    // The comparison takes the same time wherever the two differ.
    let is_right = |secret: &&Secret| mac(secret).is_some_and(|mac| mac.verify_slice(&shown).is_ok());
    if !secrets.iter().any(is_right) {
        return Err(EventError::Signature);
    }
    let body: Value = serde_json::from_slice(request.body).map_err(|_| EventError::Malformed)?;
    if !body.is_object() {
        return Err(EventError::Malformed);
    }
    // An address is tried out with a body that has no transfers.
    let transfers = body["pix"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut subjects = Vec::new();
    for subject in transfers.iter().filter_map(payment_of).map(EventSubject::Payment) {
        if !subjects.contains(&subject) {
            subjects.push(subject);
        }
    }
    Ok(ProviderEvent {
        // Events have no id: one that is sent again is the same to the last byte.
        id: hex::encode(&Sha256::digest(request.body)),
        subjects,
    })
}

fn mac(secret: &Secret) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.reveal().as_bytes()).ok()?;
    mac.update(PURPOSE);
    Some(mac)
}
