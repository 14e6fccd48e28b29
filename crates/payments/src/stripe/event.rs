//! Stripe's events: their signatures, and what they are about (Stripe's documentation, “Webhooks”, “Verify signatures
//! manually”).

use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;
use uuid::Uuid;

use crate::event::{EventError, EventRequest, EventSubject, ProviderEvent};
use crate::hex;
use crate::secret::Secret;

const SIGNATURE: &str = "stripe-signature";
/// How far a signature's time may be from the store's clock.
const TOLERANCE_S: i64 = 300;
/// The most signatures of one event that are compared.
const SIGNATURES_LIMIT: usize = 8;
/// The longest id of an event or a dispute.
const ID_LIMIT_BYTES: usize = 255;

pub(super) fn read(request: &EventRequest<'_>, secrets: &[Secret], now_us: i64) -> Result<ProviderEvent, EventError> {
    let header = request.headers.get(SIGNATURE).ok_or(EventError::Signature)?;
    verify(header, request.body, secrets, now_us)?;
    let event: Value = serde_json::from_slice(request.body).map_err(|_| EventError::Malformed)?;
    let id = id_of(&event).ok_or(EventError::Malformed)?;
    let object = &event["data"]["object"];
    Ok(ProviderEvent {
        id,
        subjects: subject(object).into_iter().collect(),
    })
}

fn id_of(object: &Value) -> Option<String> {
    let id = object["id"].as_str()?;
    (1..=ID_LIMIT_BYTES).contains(&id.len()).then(|| id.to_owned())
}

/// What an event is about; none for what the store does not follow, and for what is not of this store.
fn subject(object: &Value) -> Option<EventSubject> {
    let payment = match object["object"].as_str()? {
        "checkout.session" => &object["client_reference_id"],
        "payment_intent" | "charge" | "refund" => &object["metadata"]["payment_id"],
        "dispute" => return id_of(object).map(EventSubject::Dispute),
        _ => return None,
    };
    let id = Uuid::try_parse(payment.as_str()?).ok()?;
    Some(EventSubject::Payment(id))
}

/// Compares the signatures with what each secret gives. While one secret replaces another, Stripe signs with both.
fn verify(header: &str, body: &[u8], secrets: &[Secret], now_us: i64) -> Result<(), EventError> {
    let mut parts = header.split(',').filter_map(|part| part.trim().split_once('='));
    let time = parts.clone().find_map(|(name, value)| (name == "t").then_some(value));
    let time = time.ok_or(EventError::Signature)?;
    let at_s: i64 = time.parse().map_err(|_| EventError::Signature)?;
    let is_right = parts
        .by_ref()
        .filter_map(|(name, value)| (name == "v1").then_some(value))
        .take(SIGNATURES_LIMIT)
        .filter_map(hex::decode)
        .any(|signature| secrets.iter().any(|secret| signs(secret, time, body, &signature)));
    if !is_right {
        return Err(EventError::Signature);
    }
    if (now_us / 1_000_000 - at_s).abs() > TOLERANCE_S {
        return Err(EventError::TooOld);
    }
    Ok(())
}

/// Whether the secret gives this signature; the comparison takes the same time wherever the two differ.
fn signs(secret: &Secret, time: &str, body: &[u8], signature: &[u8]) -> bool {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.reveal().as_bytes()) else {
        return false;
    };
    mac.update(time.as_bytes());
    mac.update(b".");
    mac.update(body);
    mac.verify_slice(signature).is_ok()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    const NOW_S: i64 = 1_700_000_000;
    const PAYMENT: &str = "0192f0c1-2b3a-7c4d-8e5f-0123456789ab";

    fn secret(text: &str) -> Secret {
        Secret::parse(text).unwrap()
    }

    fn sign(secret: &str, at_s: i64, body: &str) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(format!("{at_s}.{body}").as_bytes());
        hex::encode(&mac.finalize().into_bytes())
    }

    fn receive(header: &str, body: &str, secrets: &[Secret]) -> Result<ProviderEvent, EventError> {
        let headers: HashMap<_, _> = [(SIGNATURE.to_owned(), header.to_owned())].into();
        let request = EventRequest {
            headers: &headers,
            query: "",
            body: body.as_bytes(),
        };
        read(&request, secrets, NOW_S * 1_000_000)
    }

    fn event() -> String {
        format!(
            r#"{{"id":"evt_1","type":"checkout.session.completed","data":{{"object":{{"object":"checkout.session","client_reference_id":"{PAYMENT}"}}}}}}"#
        )
    }

    #[test]
    fn an_event_names_the_payment_of_this_store() {
        let body = event();
        let header = format!("t={NOW_S},v1={}", sign("whsec_1", NOW_S, &body));
        let read = receive(&header, &body, &[secret("whsec_1")]).unwrap();
        assert_eq!(read.id, "evt_1");
        assert_eq!(read.subjects, [EventSubject::Payment(PAYMENT.parse().unwrap())]);
        for (object, subjects) in [
            (
                format!(r#"{{"object":"refund","metadata":{{"payment_id":"{PAYMENT}"}}}}"#),
                1,
            ),
            (r#"{"object":"dispute","id":"dp_1"}"#.to_owned(), 1),
            (r#"{"object":"charge","metadata":{}}"#.to_owned(), 0),
            (
                r#"{"object":"checkout.session","client_reference_id":"another shop's"}"#.to_owned(),
                0,
            ),
            (r#"{"object":"customer","id":"cus_1"}"#.to_owned(), 0),
        ] {
            let body = format!(r#"{{"id":"evt_2","data":{{"object":{object}}}}}"#);
            let header = format!("t={NOW_S},v1={}", sign("whsec_1", NOW_S, &body));
            let read = receive(&header, &body, &[secret("whsec_1")]).unwrap();
            assert_eq!(read.subjects.len(), subjects, "{body}");
        }
    }

    #[test]
    fn while_secrets_are_exchanged_either_is_right() {
        let body = event();
        let (old, new) = (sign("whsec_old", NOW_S, &body), sign("whsec_new", NOW_S, &body));
        let both = [secret("whsec_new"), secret("whsec_old")];
        for signatures in [vec![&old], vec![&new], vec![&new, &old]] {
            let signatures: Vec<_> = signatures.iter().map(|one| format!("v1={one}")).collect();
            let header = format!("t={NOW_S},{}", signatures.join(","));
            assert!(receive(&header, &body, &both).is_ok(), "{header}");
        }
        // The store has one of the two already, and Stripe signs with both.
        let header = format!("t={NOW_S},v1={new},v1={old}");
        assert!(receive(&header, &body, &[secret("whsec_old")]).is_ok());
        assert_eq!(receive(&header, &body, &[]), Err(EventError::Signature));
    }

    #[test]
    fn what_is_forged_changed_or_old_is_refused() {
        let body = event();
        let secrets = [secret("whsec_1")];
        let right = sign("whsec_1", NOW_S, &body);
        for header in [
            String::new(),
            format!("t={NOW_S}"),
            format!("v1={right}"),
            format!("t={NOW_S},v1="),
            format!("t={NOW_S},v0={right}"),
            format!("t={NOW_S},v1={}", sign("whsec_guessed", NOW_S, &body)),
            format!("t={},v1={right}", NOW_S + 1),
            format!("t=soon,v1={right}"),
            format!("t={NOW_S},v1=é{right}"),
        ] {
            assert_eq!(
                receive(&header, &body, &secrets),
                Err(EventError::Signature),
                "{header}"
            );
        }
        let header = format!("t={NOW_S},v1={right}");
        let changed = body.replace("evt_1", "evt_2");
        assert_eq!(receive(&header, &changed, &secrets), Err(EventError::Signature));
        assert_eq!(
            receive(&header, &format!("{body} "), &secrets),
            Err(EventError::Signature)
        );
        for at_s in [NOW_S - 301, NOW_S + 301] {
            let header = format!("t={at_s},v1={}", sign("whsec_1", at_s, &body));
            assert_eq!(receive(&header, &body, &secrets), Err(EventError::TooOld));
        }
        let at_s = NOW_S - 300;
        let header = format!("t={at_s},v1={}", sign("whsec_1", at_s, &body));
        assert!(receive(&header, &body, &secrets).is_ok());
        for body in ["", "{}", "[]", r#"{"id":7}"#] {
            let header = format!("t={NOW_S},v1={}", sign("whsec_1", NOW_S, body));
            assert_eq!(receive(&header, body, &secrets), Err(EventError::Malformed), "{body}");
        }
    }
}
