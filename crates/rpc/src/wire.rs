//! The call context as headers: the same names over gRPC (as metadata) and REST.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue};
use subtle::ConstantTimeEq;
use tokio::time::Instant;

use crate::call::{Authority, Context};
use crate::security::{self, Event, Outcome};

const IDENTITY: HeaderName = HeaderName::from_static("x-dvs-identity");
const AUTHORITY: HeaderName = HeaderName::from_static("x-dvs-authority");
const CLIENT_ADDRESS: HeaderName = HeaderName::from_static("x-dvs-client-address");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// gRPC's own header; the REST carrier uses it too, so that a deadline shrinks in the same way over both.
const TIMEOUT: HeaderName = HeaderName::from_static("grpc-timeout");

/// The longest request id that is accepted from a caller.
const REQUEST_ID_LIMIT_BYTES: usize = 64;

/// What a connection says about the caller.
#[derive(Debug, Clone)]
pub(crate) enum Peer {
    /// A socket in the data folder: a process that can open it may act as the store itself.
    Folder,
    /// The network: only a caller with the service token may act as the store itself, and may state the address of the
    /// client that it calls for.
    Network {
        service_token: Option<Arc<str>>,
        address: IpAddr,
    },
}

/// The header that authenticates a call over the network as the store's own. HPACK may index it, because nearly every
/// call carries it, and an attacker who observes the lengths of requests would have to guess the whole value at once
/// (RFC 7541, 7.1).
pub(crate) fn bearer_of(service_token: &str) -> Option<HeaderValue> {
    HeaderValue::from_str(&format!("Bearer {service_token}")).ok()
}

/// Writes the context into headers.
pub(crate) fn write(context: &Context, bearer: Option<&HeaderValue>, headers: &mut HeaderMap) {
    put(headers, IDENTITY, context.identity.as_deref());
    put_once(headers, REQUEST_ID, context.request_id.as_deref());
    put_once(headers, TRACEPARENT, context.traceparent.as_deref());
    if context.authority == Authority::Service {
        headers.insert(AUTHORITY, HeaderValue::from_static("service"));
    }
    let address = context.client_address.map(|address| address.to_string());
    put(headers, CLIENT_ADDRESS, address.as_deref());
    let has_to_be_proved = context.authority == Authority::Service || address.is_some();
    if let Some(bearer) = bearer.filter(|_| has_to_be_proved) {
        headers.insert(AUTHORIZATION, bearer.clone());
    }
    let timeout = context.deadline.map(|_| timeout_text(context.time_left()));
    put_once(headers, TIMEOUT, timeout.as_deref());
}

/// Reads the context from headers; a malformed value counts as absent.
pub(crate) fn read(headers: &HeaderMap, peer: &Peer) -> Context {
    let context = Context {
        caller: crate::identity::Caller::Anybody,
        identity: text(headers, &IDENTITY),
        authority: authority(headers, peer),
        deadline: headers.get(TIMEOUT).and_then(timeout).map(|left| Instant::now() + left),
        request_id: text(headers, &REQUEST_ID).filter(|id| id.len() <= REQUEST_ID_LIMIT_BYTES),
        traceparent: text(headers, &TRACEPARENT),
        client_address: client_address(headers, peer),
    };
    if is_forged(headers, context.authority) {
        security::record(&Event::new("forged_service_token", Outcome::Refused), &context);
    }
    context
}

/// Whether a caller that was not granted the store's authority asked for it with a token.
fn is_forged(headers: &HeaderMap, granted: Authority) -> bool {
    granted == Authority::None && is_by_service(headers) && bearer(headers).is_some()
}

/// The address that the request came from. Only an authenticated caller may state another address than its
/// connection's: otherwise an attacker could invent addresses to evade the limits that count failures by address.
fn client_address(headers: &HeaderMap, peer: &Peer) -> Option<IpAddr> {
    let said = || headers.get(CLIENT_ADDRESS)?.to_str().ok()?.parse().ok();
    match peer {
        Peer::Folder => said(),
        Peer::Network { address, .. } if is_proved(headers, peer) => {
            said().or_else(|| (!is_by_service(headers)).then_some(*address))
        }
        Peer::Network { address, .. } => Some(*address),
    }
}

fn put(headers: &mut HeaderMap, name: HeaderName, value: Option<&str>) {
    if let Some(value) = value.and_then(|text| HeaderValue::from_str(text).ok()) {
        headers.insert(name, value);
    }
}

/// Puts a value that differs from call to call.
fn put_once(headers: &mut HeaderMap, name: HeaderName, value: Option<&str>) {
    if let Some(mut value) = value.and_then(|text| HeaderValue::from_str(text).ok()) {
        // HPACK does not add a sensitive value to its table, where it would be of no use.
        value.set_sensitive(true);
        headers.insert(name, value);
    }
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<Arc<str>> {
    headers.get(name)?.to_str().ok().map(Arc::from)
}

fn authority(headers: &HeaderMap, peer: &Peer) -> Authority {
    if is_by_service(headers) && is_proved(headers, peer) {
        Authority::Service
    } else {
        Authority::None
    }
}

fn is_by_service(headers: &HeaderMap) -> bool {
    headers.get(AUTHORITY).is_some_and(|value| value == "service")
}

/// Whether the caller has proved that it belongs to the store.
fn is_proved(headers: &HeaderMap, peer: &Peer) -> bool {
    match peer {
        Peer::Folder => true,
        Peer::Network {
            service_token: None, ..
        } => false,
        Peer::Network {
            service_token: Some(expected),
            ..
        } => {
            let is_equal = |token: &str| token.as_bytes().ct_eq(expected.as_bytes()).into();
            // An empty token is never accepted, even if it is the expected one: HTTP/2 can carry it.
            !expected.is_empty() && bearer(headers).is_some_and(is_equal)
        }
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

/// gRPC's timeout: at most eight digits and a unit.
fn timeout_text(left: Duration) -> String {
    const LONGEST: u128 = 99_999_999;
    let milliseconds = left.as_millis();
    if milliseconds > LONGEST {
        return format!("{}S", u128::from(left.as_secs()).min(LONGEST));
    }
    format!("{milliseconds}m")
}

fn timeout(value: &HeaderValue) -> Option<Duration> {
    let text = value.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.len() > 8 {
        return None;
    }
    let amount: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(amount * 3600)),
        "M" => Some(Duration::from_secs(amount * 60)),
        "S" => Some(Duration::from_secs(amount)),
        "m" => Some(Duration::from_millis(amount)),
        "u" => Some(Duration::from_micros(amount)),
        "n" => Some(Duration::from_nanos(amount)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(token: Option<&str>) -> Peer {
        Peer::Network {
            service_token: token.map(Arc::from),
            address: "192.0.2.1".parse().unwrap(),
        }
    }

    #[tokio::test]
    async fn a_context_survives_its_headers() {
        let context = Context {
            caller: crate::identity::Caller::Anybody,
            identity: Some("signed".into()),
            authority: Authority::Service,
            deadline: Some(Instant::now() + Duration::from_secs(3)),
            request_id: Some("r-1".into()),
            traceparent: Some("00-a-b-01".into()),
            client_address: Some("2001:db8::1".parse().unwrap()),
        };
        let mut headers = HeaderMap::new();
        write(&context, bearer_of("secret").as_ref(), &mut headers);
        let read = read(&headers, &network(Some("secret")));
        assert_eq!(read.identity, context.identity);
        assert_eq!(read.authority, Authority::Service);
        assert_eq!(read.request_id, context.request_id);
        assert_eq!(read.traceparent, context.traceparent);
        assert_eq!(read.client_address, context.client_address);
        assert!(read.time_left() <= Duration::from_secs(3));
        assert!(read.time_left() > Duration::from_secs(2));
    }

    #[test]
    fn the_stores_name_is_granted_to_the_folder_and_the_token_alone() {
        let mut headers = HeaderMap::new();
        write(&Context::by_service(), bearer_of("secret").as_ref(), &mut headers);
        assert_eq!(authority(&headers, &Peer::Folder), Authority::Service);
        assert_eq!(authority(&headers, &network(Some("secret"))), Authority::Service);
        assert_eq!(authority(&headers, &network(Some("other"))), Authority::None);
        let is_forged = |peer: &Peer| is_forged(&headers, authority(&headers, peer));
        assert!(is_forged(&network(Some("other"))), "which is worth a line");
        assert!(!is_forged(&network(Some("secret"))) && !is_forged(&Peer::Folder));
        assert_eq!(authority(&headers, &network(None)), Authority::None);
        let mut empty = HeaderMap::new();
        write(&Context::by_service(), bearer_of("").as_ref(), &mut empty);
        assert_eq!(authority(&empty, &network(Some(""))), Authority::None);
        write(&Context::default(), bearer_of("secret").as_ref(), &mut HeaderMap::new());
        assert_eq!(authority(&HeaderMap::new(), &Peer::Folder), Authority::None);
    }

    #[test]
    fn only_an_authenticated_caller_may_state_the_clients_address() {
        let context = Context {
            client_address: Some("203.0.113.7".parse().unwrap()),
            ..Context::default()
        };
        let mut headers = HeaderMap::new();
        write(&context, bearer_of("secret").as_ref(), &mut headers);
        let own: Option<IpAddr> = Some("192.0.2.1".parse().unwrap());
        for (peer, address) in [
            (Peer::Folder, context.client_address),
            (network(Some("secret")), context.client_address),
            (network(Some("other")), own),
            (network(None), own),
        ] {
            let read = read(&headers, &peer);
            assert_eq!(read.client_address, address, "{peer:?}");
            assert_eq!(read.authority, Authority::None, "the proof alone asks for nothing");
        }
        assert_eq!(client_address(&HeaderMap::new(), &network(Some("secret"))), own);
    }

    #[test]
    fn ill_formed_timeouts_are_ignored() {
        for text in ["", "m", "12", "123456789m", "1x", "-1S"] {
            assert_eq!(timeout(&HeaderValue::from_str(text).unwrap()), None, "{text}");
        }
    }
}
