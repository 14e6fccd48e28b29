//! What a contract says about one method; `api` generates a constant for each.

use std::sync::OnceLock;

use metrics::Histogram;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::access::Access;

/// One method of a service, with its shape on both carriers.
pub struct Method<Request, Response> {
    /// The service's full name, such as `dvs.catalogue.v1.CatalogueService`.
    pub service: &'static str,
    /// The method's name, such as `GetTitle`.
    pub name: &'static str,
    pub grpc_path: &'static str,
    pub verb: Verb,
    /// The REST path with its fields in braces, such as `/v1/titles/{title_id}`.
    pub rest_path: &'static str,
    /// How the request travels over REST.
    pub body: RestBody<Request>,
    /// Whether repeating the same call has no further effect, so that it may be retried.
    pub idempotent: bool,
    /// Who may call it.
    pub access: Access,
    /// The largest answer in one message.
    pub answer_limit_bytes: usize,
    /// Takes the path's fields out of a request and writes the path.
    pub split: fn(&mut Request) -> String,
    /// Puts a path field back into a request.
    pub join: fn(&mut Request, &str, String),
    /// The durations of its successful calls.
    pub seconds: Seconds,
    /// Makes the answer's type part of this type, without holding one.
    pub response: std::marker::PhantomData<fn() -> Response>,
}

/// A histogram that is looked up once, because every call records into it.
#[derive(Default)]
pub struct Seconds(OnceLock<Histogram>);

impl Seconds {
    pub const fn new() -> Self {
        Self(OnceLock::new())
    }

    pub(crate) fn or_look_up(&self, look_up: impl FnOnce() -> Histogram) -> &Histogram {
        self.0.get_or_init(look_up)
    }
}

/// How a request travels over REST, besides the fields in its path.
pub enum RestBody<Request> {
    /// All of it in the query.
    Query,
    /// All of it as JSON in the body; a stream as a line each.
    Message,
    /// A file: one field of each message is the next bytes of the body; the other fields of the first message are in
    /// the query.
    Bytes {
        take: fn(&mut Request) -> Vec<u8>,
        put: fn(&mut Request, Vec<u8>),
    },
}

/// The verbs of the REST carrier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    Get,
    Put,
    Post,
    Delete,
    Patch,
    /// A conversation: an upgraded GET.
    WebSocket,
}

impl Verb {
    pub(crate) fn http(self) -> http::Method {
        match self {
            Self::Get | Self::WebSocket => http::Method::GET,
            Self::Put => http::Method::PUT,
            Self::Post => http::Method::POST,
            Self::Delete => http::Method::DELETE,
            Self::Patch => http::Method::PATCH,
        }
    }
}

/// The characters of a path segment that need no escape (RFC 3986, unreserved).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Writes a path from its fixed parts and the values between them.
pub fn rest_path(fixed: &[&str], values: &[&str]) -> String {
    let mut path = String::with_capacity(64);
    for (index, part) in fixed.iter().enumerate() {
        path.push_str(part);
        if let Some(value) = values.get(index) {
            path.extend(utf8_percent_encode(value, SEGMENT));
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_in_a_path_are_escaped() {
        let path = rest_path(&["/v1/titles/", "/offers"], &["a/b c?"]);
        assert_eq!(path, "/v1/titles/a%2Fb%20c%3F/offers");
    }
}
