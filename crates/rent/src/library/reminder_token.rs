//! The token of the link that turns a customer's reminders off, which every reminder has: it says whose they are and until when
//! it works, and is signed. So nothing is kept for the mails that were sent, and the token opens nothing else.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rpc::identity::{SIGNATURE_BYTES, Signer, Verifier};
use uuid::Uuid;

use super::entitlement::Entitlement;
use crate::id::CustomerId;
use crate::time::duration_us;

/// How long the link works after the window that the mail is about: as long as somebody may still find the mail.
const VALIDITY: std::time::Duration = std::time::Duration::from_hours(365 * 24);
/// What it is signed for.
const PURPOSE: &str = "turn-reminders-off";
const UUID_BYTES: usize = 16;
const TIME_BYTES: usize = 8;
const SIGNED_BYTES: usize = UUID_BYTES + TIME_BYTES;
const BYTES: usize = SIGNED_BYTES + SIGNATURE_BYTES;

/// The token for the mail about a rental. It is the same however often the mail is written.
pub(crate) fn sign(signer: &Signer, rental: &Entitlement) -> String {
    let ends_at_us = rental.watch_until_us().or(rental.start_by_us());
    let expires_at_us = ends_at_us.unwrap_or(rental.granted_at_us) + duration_us(VALIDITY);
    let mut token = Vec::with_capacity(BYTES);
    token.extend(rental.customer.uuid().as_bytes());
    token.extend(expires_at_us.to_be_bytes());
    let signature = signer.sign_for(PURPOSE, &token);
    token.extend(signature);
    URL_SAFE_NO_PAD.encode(token)
}

/// Whose reminders a token turns off; none where it was not signed here, or has expired.
pub(crate) fn read(verifier: &Verifier, token: &str, now_us: i64) -> Option<CustomerId> {
    const TEXT_BYTES: usize = (BYTES * 4).div_ceil(3);
    if token.len() != TEXT_BYTES {
        return None;
    }
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let (signed, signature) = bytes.split_first_chunk::<SIGNED_BYTES>()?;
    let (customer, expires_at_us) = signed.split_first_chunk::<UUID_BYTES>()?;
    let is_valid = verifier.has_signed_for(PURPOSE, signed, signature.try_into().ok()?)
        && i64::from_be_bytes(expires_at_us.try_into().ok()?) > now_us;
    is_valid.then(|| CustomerId::new(Uuid::from_bytes(*customer)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::entitlement;

    #[test]
    fn a_token_turns_off_the_reminders_of_its_customer_for_a_year() {
        let signer = Signer::from_secret(&[7; 32]);
        let rental = entitlement();
        let token = sign(&signer, &rental);
        assert_eq!(token, sign(&signer, &rental));
        let until_us = rental.start_by_us().unwrap() + duration_us(VALIDITY);
        let read_at = |now_us| read(&signer.verifier(), &token, now_us);
        assert_eq!(read_at(until_us - 1), Some(rental.customer));
        assert_eq!(read_at(until_us), None);
    }

    #[test]
    fn a_token_that_was_not_signed_here_or_was_changed_is_none() {
        let signer = Signer::from_secret(&[7; 32]);
        let token = sign(&signer, &entitlement());
        assert_eq!(read(&Signer::from_secret(&[8; 32]).verifier(), &token, 0), None);
        for at in 0..token.len() {
            let mut changed = token.clone();
            let other = if changed[at..].starts_with('A') { "B" } else { "A" };
            changed.replace_range(at..=at, other);
            // The last character has bits that no byte is made of, and a decoder refuses them.
            assert_eq!(read(&signer.verifier(), &changed, 0), None, "{at}");
        }
        for bad in ["", "x", &token[1..], &"ã".repeat(token.len() / 2)] {
            assert_eq!(read(&signer.verifier(), bad, 0), None, "{bad}");
        }
    }
}
