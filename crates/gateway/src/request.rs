//! The edge of every request: it sets the id and the deadline, and on the way out the problem document, headers and metrics.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{ConnectInfo, FromRequestParts, MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::FutureExt;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, VARY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use http::request::Parts;
use http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use metrics::SharedString;
use rpc::{Context, Trace};
use tokio::time::Instant;

use crate::Gateway;
use crate::problem::{Problem, ProblemCode};
use crate::{rate, session};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// The caller's own request id is used if it is no longer than this.
const REQUEST_ID_LIMIT_BYTES: usize = 64;
/// How long a page waits for parts that it can be shown without.
const PATIENCE: Duration = Duration::from_secs(2);
/// `00-<32 hex>-<16 hex>-<2 hex>`.
const TRACEPARENT_BYTES: usize = 55;

/// The prefix of the API's paths: programs read these answers, and only these requests are traced.
const API: &str = "/api/";

/// What a page of the store may load: its own files, posters from other sites, trailers in players that do not track
/// visitors, and nothing else. Vue's transitions set styles on elements; the player loads the film through blobs.
const CONTENT_POLICY: &str = "default-src 'self'; img-src 'self' data: https:; media-src 'self' blob:; \
    font-src 'self' data:; style-src 'self' 'unsafe-inline'; script-src 'self'; worker-src 'self' blob:; \
    frame-src https://www.youtube-nocookie.com https://player.vimeo.com; object-src 'none'; \
    base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// What an answer of the API may load, if a browser ever shows it as a page.
const NOTHING: &str = "default-src 'none'; frame-ancestors 'none'";

/// The headers of every answer.
const HEADERS: [(HeaderName, HeaderValue); 3] = [
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    // A media URL contains a key, so it must not be sent to other sites.
    (REFERRER_POLICY, HeaderValue::from_static("same-origin")),
];
/// The headers of answers that a browser may show as a page.
const PAGE_HEADERS: [(HeaderName, HeaderValue); 3] = [
    (CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_POLICY)),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    ),
];
const API_HEADERS: [(HeaderName, HeaderValue); 1] = [(CONTENT_SECURITY_POLICY, HeaderValue::from_static(NOTHING))];
/// Answers change often, and are for this caller, in their language, so no cache may store a copy.
pub(crate) const OWN_COPY: HeaderValue = HeaderValue::from_static("private, no-store");
const ASKER: HeaderValue = HeaderValue::from_static("accept-language, authorization, cookie");
const HTTPS_ONLY: HeaderValue = HeaderValue::from_static("max-age=31536000; includeSubDomains");

/// Passes a request on if a permit is free and its address has not reached its limit; otherwise refuses it at once.
pub(crate) async fn admitted(State(gateway): State<Arc<Gateway>>, request: Request, next: Next) -> Response {
    let Ok(_place) = gateway.requests.try_acquire() else {
        return Problem::overloaded().into_response();
    };
    match rate::by_address(&gateway, &request) {
        Ok(()) => next.run(request).await,
        Err(too_often) => {
            rate::record_hit("requests_an_address", &context(request.extensions()));
            too_often.into_response()
        }
    }
}

/// Refuses changes that another site's page sends, and marks answers as the caller's own copy.
pub(crate) async fn own_answer(State(gateway): State<Arc<Gateway>>, request: Request, next: Next) -> Response {
    let mut response = match session::same_origin(&gateway, &request) {
        Ok(()) => next.run(request).await,
        Err(foreign) => foreign.into_response(),
    };
    let headers = response.headers_mut();
    headers.entry(CACHE_CONTROL).or_insert(OWN_COPY);
    headers.append(VARY, ASKER);
    response
}

/// The outermost layer of each request.
pub(crate) async fn edge(State(gateway): State<Arc<Gateway>>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let request_id = request_id(request.headers()).unwrap_or_else(|| (gateway.request_ids)().into());
    let mut context = Context {
        deadline: Some(started + gateway.settings.request_timeout),
        request_id: Some(Arc::clone(&request_id)),
        traceparent: traceparent(request.headers()),
        client_address: client_address(&gateway, &request),
        ..Context::default()
    };
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let is_api = request.uri().path().starts_with(API);
    // Health checks and the web app's files are not traced.
    let traced = route.as_ref().map(MatchedPath::as_str).filter(|_| is_api);
    let trace = traced.and_then(|route| Trace::begin(|| format!("{} {route}", counted_as(&method)), &mut context));
    request.extensions_mut().insert(context);
    let token = session::token(request.headers(), &gateway.settings).map(ToOwned::to_owned);

    let answer = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    let mut response = answer.unwrap_or_else(|_panic| {
        tracing::error!(request_id = &*request_id, "a handler panicked");
        Problem::internal().into_response()
    });

    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        if let (ProblemCode::Unauthenticated, Some(token)) = (problem.code(), token) {
            gateway.sessions.forget(&token);
        }
        let own = std::mem::take(response.headers_mut());
        response = problem.render(&request_id);
        response.headers_mut().extend(own);
    }
    finish(&gateway, response.headers_mut(), is_api, &request_id);
    if let Some(trace) = trace {
        trace.end(
            response
                .status()
                .is_server_error()
                .then_some(response.status().as_str()),
        );
    }
    count(
        counted_as(&method),
        route.as_ref().map_or("other", MatchedPath::as_str),
        response.status(),
        started.elapsed(),
    );
    response
}

fn count(method: &'static str, route: &str, status: StatusCode, took: Duration) {
    let route = SharedString::from_shared(route.into());
    let status = status.as_u16().to_string();
    metrics::counter!("dvs_http_requests_total", "method" => method, "route" => route.clone(), "status" => status)
        .increment(1);
    metrics::histogram!("dvs_http_seconds", "route" => route).record(took);
}

/// A method's name in the metrics. Callers may invent methods, and every name would become a time series that is kept.
fn counted_as(method: &Method) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    let known = KNOWN.into_iter().find(|known| *known == method.as_str());
    known.unwrap_or("other")
}

/// The context that the edge gave the request.
pub(crate) fn context(extensions: &Extensions) -> Context {
    extensions.get::<Context>().cloned().unwrap_or_default()
}

/// A context for a call whose answer the request can do without: it has a shorter deadline.
pub(crate) fn dispensable(context: &Context) -> Context {
    let soon = Instant::now() + PATIENCE;
    Context {
        deadline: Some(context.deadline.map_or(soon, |deadline| deadline.min(soon))),
        ..context.clone()
    }
}

/// The deadline of the request.
pub(crate) fn deadline(extensions: &Extensions) -> Instant {
    Instant::now() + context(extensions).time_left()
}

/// A caller of any kind, signed in or not: the handler does not need to know.
pub struct Anybody(pub Context);

impl<S: Send + Sync> FromRequestParts<S> for Anybody {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self(context(&parts.extensions)))
    }
}

fn client_address(gateway: &Gateway, request: &Request) -> Option<IpAddr> {
    let ConnectInfo(peer) = request.extensions().get::<ConnectInfo<SocketAddr>>()?;
    let proxies_in_front = gateway.settings.proxies_in_front;
    Some(rate::client_address(peer.ip(), request.headers(), proxies_in_front))
}

fn request_id(headers: &HeaderMap) -> Option<Arc<str>> {
    let id = headers.get(REQUEST_ID)?.to_str().ok()?;
    let is_plain = id
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    (is_plain && (1..=REQUEST_ID_LIMIT_BYTES).contains(&id.len())).then(|| id.into())
}

fn traceparent(headers: &HeaderMap) -> Option<Arc<str>> {
    let trace = headers.get(TRACEPARENT)?.to_str().ok()?;
    let is_plain = trace.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    (is_plain && trace.len() == TRACEPARENT_BYTES).then(|| trace.into())
}

fn finish(gateway: &Gateway, headers: &mut HeaderMap, is_api: bool, request_id: &str) {
    let by_kind: &[_] = if is_api { &API_HEADERS } else { &PAGE_HEADERS };
    for (name, value) in HEADERS.iter().chain(by_kind) {
        headers.insert(name, value.clone());
    }
    // Without this header, caches decide by themselves how long they keep the answer.
    headers.entry(CACHE_CONTROL).or_insert(OWN_COPY);
    if gateway.settings.is_https() {
        headers.insert(STRICT_TRANSPORT_SECURITY, HTTPS_ONLY);
    }
    if let Ok(value) = HeaderValue::from_str(request_id) {
        headers.insert(REQUEST_ID, value);
    }
}
