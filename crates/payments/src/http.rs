//! The client for the HTTP interfaces of providers: time limits, few retries, a circuit breaker, and the record of every
//! request.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ::store::Clock;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use http::{Method, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use tokio::time::Instant;
use url::Url;
use url::form_urlencoded::Serializer;
use uuid::Uuid;

use crate::call::{CallRecorder, ProviderCall};
use crate::provider::{ProviderError, Result};
use crate::secret::Secret;
use crate::tls::Tls;

/// How long one request may take. With a request before it that failed early this is less than the store waits for a provider
/// (3 s), so that every request is recorded.
const REQUEST_LIMIT: Duration = Duration::from_secs(2);
const CONNECT_LIMIT: Duration = Duration::from_secs(2);
/// How long a connection is kept that is not used.
const IDLE_LIMIT: Duration = Duration::from_secs(30);
const OWN_NAME: &str = concat!("distributed-video-store/", env!("CARGO_PKG_VERSION"));
/// A request that failed is sent once more if it failed this early; later the store has stopped waiting.
const RETRY_WITHIN: Duration = Duration::from_millis(800);
const RETRY_PAUSE: Duration = Duration::from_millis(150);
/// The longest answer that is read.
const ANSWER_LIMIT_BYTES: usize = 4 * 1024 * 1024;
/// After so many requests in a row without an answer, the provider is left alone for a while.
const FAILURES_BEFORE_PAUSE: u32 = 8;
const BREAKER_PAUSE: Duration = Duration::from_secs(5);

/// A client for one provider. Its requests can be repeated: each has an idempotency key or only reads.
pub(crate) struct Client {
    provider: &'static str,
    base: String,
    http: legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    headers: HeaderMap,
    clock: Arc<dyn Clock>,
    recorder: Arc<dyn CallRecorder>,
    breaker: Mutex<Breaker>,
}

/// A request to a provider.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: Method,
    /// After the base address, such as `/v1/refunds`.
    pub(crate) path: String,
    pub(crate) query: Vec<(&'static str, String)>,
    pub(crate) form: Vec<(&'static str, String)>,
    /// The body in place of the form.
    pub(crate) json: Option<Value>,
    /// A token that may have run out: the caller reads the answer 401.
    pub(crate) token: Option<Secret>,
    pub(crate) idempotency_key: Option<String>,
    /// The payment that it is about.
    pub(crate) payment: Option<Uuid>,
}

impl Request {
    pub(crate) fn new(method: Method, path: impl Into<String>, payment: Option<Uuid>) -> Self {
        Self {
            method,
            path: path.into(),
            query: Vec::new(),
            form: Vec::new(),
            json: None,
            token: None,
            idempotency_key: None,
            payment,
        }
    }
}

/// An answer that the provider has decided about: not an overload and not a fault of its own.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
}

/// Why an address or a key cannot be used.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub struct SetupError(String);

impl SetupError {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl Client {
    /// A client for the interface at an address. The key goes with each request.
    pub(crate) fn new(
        provider: &'static str,
        address: &str,
        key: &Secret,
        version: (&'static str, &'static str),
        clock: Arc<dyn Clock>,
        recorder: Arc<dyn CallRecorder>,
    ) -> std::result::Result<Self, SetupError> {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, authorization("Bearer", key)?);
        headers.insert(HeaderName::from_static(version.0), HeaderValue::from_static(version.1));
        Self::with_tls(provider, address, headers, &Tls::default(), clock, recorder)
    }

    /// A client that sends these headers with each request.
    pub(crate) fn with_tls(
        provider: &'static str,
        address: &str,
        mut headers: HeaderMap,
        tls: &Tls<'_>,
        clock: Arc<dyn Clock>,
        recorder: Arc<dyn CallRecorder>,
    ) -> std::result::Result<Self, SetupError> {
        check(address)?;
        headers.insert(USER_AGENT, HeaderValue::from_static(OWN_NAME));
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_connect_timeout(Some(CONNECT_LIMIT));
        let tls = HttpsConnectorBuilder::new().with_tls_config(tls.config()?);
        let connector = tls.https_or_http().enable_http1().wrap_connector(tcp);
        let http = legacy::Client::builder(TokioExecutor::new())
            .pool_idle_timeout(IDLE_LIMIT)
            .build(connector);
        Ok(Self {
            provider,
            base: address.trim_end_matches('/').to_owned(),
            http,
            headers,
            clock,
            recorder,
            breaker: Mutex::default(),
        })
    }

    /// Sends a request, once more if it fails at once.
    pub(crate) async fn send(&self, request: &Request) -> Result<Answer> {
        self.with_breaker(Breaker::admit)?;
        let started = Instant::now();
        let mut sent = self.attempt(request).await;
        if sent.is_err() && started.elapsed() < RETRY_WITHIN {
            tokio::time::sleep(RETRY_PAUSE).await;
            sent = self.attempt(request).await;
        }
        self.with_breaker(|breaker| {
            breaker.note(sent.is_ok());
            Ok(())
        })?;
        sent
    }

    async fn attempt(&self, request: &Request) -> Result<Answer> {
        let (started, at_us) = (Instant::now(), self.clock.now_us());
        let answer = match self.make(request) {
            Ok(call) => read(self.http.request(call)).await,
            Err(error) => Err(error.to_string()),
        };
        let (status, outcome) = match answer {
            Err(why) => (None, Err(why)),
            Ok(answer) => (Some(answer.status), decided(request, answer)),
        };
        self.recorder.record(ProviderCall {
            provider: self.provider,
            payment: request.payment,
            method: request.method.to_string(),
            path: request.path.clone(),
            status: status.map(|status| status.as_u16()),
            error: outcome.as_ref().err().cloned(),
            elapsed: started.elapsed(),
            at_us,
        });
        outcome.map_err(ProviderError::Failed)
    }

    fn make(&self, request: &Request) -> std::result::Result<http::Request<Full<Bytes>>, SetupError> {
        let mut address = format!("{}{}", self.base, request.path);
        if !request.query.is_empty() {
            address.push('?');
            address.push_str(&encoded(&request.query));
        }
        let mut call = http::Request::builder().method(request.method.clone()).uri(address);
        if let Some(headers) = call.headers_mut() {
            headers.extend(self.headers.clone());
            if let Some(token) = &request.token {
                headers.insert(AUTHORIZATION, authorization("Bearer", token)?);
            }
        }
        if let Some(key) = &request.idempotency_key {
            call = call.header("idempotency-key", key);
        }
        if request.method == Method::GET {
            return call.body(Full::default()).map_err(|error| unsendable(&error));
        }
        let (kind, content) = match &request.json {
            Some(json) => ("application/json", json.to_string()),
            None => ("application/x-www-form-urlencoded", encoded(&request.form)),
        };
        let call = call.header(CONTENT_TYPE, kind).body(Full::from(content));
        call.map_err(|error| unsendable(&error))
    }

    fn with_breaker(&self, act: impl FnOnce(&mut Breaker) -> Result<()>) -> Result<()> {
        act(&mut self.breaker.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn unsendable(error: &http::Error) -> SetupError {
    SetupError::new(error.to_string())
}

fn encoded(fields: &[(&'static str, String)]) -> String {
    Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// The answer with its body; the error tells neither the address nor what was sent.
async fn read(
    sent: impl Future<Output = std::result::Result<http::Response<Incoming>, legacy::Error>>,
) -> std::result::Result<Answer, String> {
    let answer = async {
        let response = sent.await.map_err(|error| with_cause(&error))?;
        let (head, body) = response.into_parts();
        let content = Limited::new(body, ANSWER_LIMIT_BYTES).collect().await;
        let content = content.map_err(|error| with_cause(&*error))?.to_bytes();
        let status = head.status;
        // Some answers have nothing to say beyond their status.
        let body = if content.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&content).map_err(|_not_json| format!("the answer {status} is not JSON"))?
        };
        Ok(Answer { status, body })
    };
    let answer = tokio::time::timeout(REQUEST_LIMIT, answer).await;
    answer.unwrap_or_else(|_elapsed| Err(format!("no answer within {REQUEST_LIMIT:?}")))
}

fn with_cause(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

/// Whether the provider has decided: one that is overloaded, fails, or works on the same request just now has not, and the
/// request can be sent again.
fn decided(request: &Request, answer: Answer) -> std::result::Result<Answer, String> {
    let status = answer.status;
    match status {
        StatusCode::UNAUTHORIZED if request.token.is_some() => Ok(answer),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            Err(format!("the provider does not accept the store's key ({status})"))
        }
        // Where there is an idempotency key, a request with it is being worked on.
        StatusCode::CONFLICT if request.idempotency_key.is_none() => Ok(answer),
        StatusCode::CONFLICT | StatusCode::TOO_MANY_REQUESTS => Err(format!("the provider answered {status}")),
        _ if status.is_server_error() => Err(format!("the provider answered {status}")),
        _ => Ok(answer),
    }
}

/// The value of the header that shows a key.
pub(crate) fn authorization(scheme: &str, key: &Secret) -> std::result::Result<HeaderValue, SetupError> {
    let mut value = HeaderValue::try_from(format!("{scheme} {}", key.reveal()))
        .map_err(|_| SetupError::new("the key has characters that no key has"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// Keys travel unencrypted only within this machine.
fn check(address: &str) -> std::result::Result<(), SetupError> {
    let url: Url = address
        .parse()
        .map_err(|_| SetupError::new(format!("{address:?} is no address")))?;
    let is_own_machine = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    if url.scheme() == "https" || (url.scheme() == "http" && is_own_machine) {
        return Ok(());
    }
    Err(SetupError::new(format!(
        "{address} is not https: the key of a payment provider is sent to no other address than this machine's own"
    )))
}

/// Leaves a provider alone for a while that does not answer, so that orders are answered at once and not after every time
/// limit.
#[derive(Debug, Default)]
struct Breaker {
    failures: u32,
    /// Until when no request is sent.
    paused_until: Option<Instant>,
}

impl Breaker {
    /// Lets a request through, or refuses it. After the pause one request finds out whether the provider answers again.
    fn admit(&mut self) -> Result<()> {
        if self.failures < FAILURES_BEFORE_PAUSE {
            return Ok(());
        }
        let now = Instant::now();
        if self.paused_until.is_some_and(|until| now < until) {
            let text = "the provider has not answered lately and is left alone for some seconds";
            return Err(ProviderError::Failed(text.to_owned()));
        }
        self.paused_until = Some(now + BREAKER_PAUSE);
        Ok(())
    }

    fn note(&mut self, is_answered: bool) {
        if is_answered {
            *self = Self::default();
            return;
        }
        self.failures = self.failures.saturating_add(1);
        self.paused_until = Some(Instant::now() + BREAKER_PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_provider_that_does_not_answer_is_left_alone_and_then_tried_by_one_request() {
        let mut breaker = Breaker::default();
        for _ in 0..FAILURES_BEFORE_PAUSE {
            breaker.admit().unwrap();
            breaker.note(false);
        }
        assert!(breaker.admit().is_err());
        tokio::time::advance(BREAKER_PAUSE).await;
        breaker.admit().unwrap();
        assert!(breaker.admit().is_err(), "one request is enough to find out");
        breaker.note(true);
        breaker.admit().unwrap();
        breaker.admit().unwrap();
    }
}
