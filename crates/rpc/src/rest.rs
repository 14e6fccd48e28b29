//! The REST carrier: verbs, paths, queries and JSON bodies, as the contracts give them.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequestParts, RawPathParams};
use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, request};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper_util::client::legacy::Client as HttpClient;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use serde::{Deserialize, Serialize};

use crate::call::Call;
use crate::connect::{Address, Connector};
use crate::edge::MESSAGE_LIMIT_BYTES;
use crate::fault::{Code, Fault, FieldViolation};
use crate::method::Method;
use crate::routes::{Payload, peer};
use crate::wire;

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const PROTOBUF: HeaderValue = HeaderValue::from_static("application/x-protobuf");

/// Idle connections kept to one service.
const IDLE_CONNECTIONS: usize = 32;
/// Shorter than the server's own, so that a connection is not used while the server closes it.
const IDLE_TIMEOUT: Duration = Duration::from_secs(20);

/// Calls one service over REST.
#[derive(Clone)]
pub struct RestClient {
    http: HttpClient<Connector, Full<Bytes>>,
    origin: Arc<str>,
    service_token: Option<Arc<str>>,
}

impl RestClient {
    /// Over HTTP/1.1 with a pool of connections, or over HTTP/2 in clear text.
    pub(crate) fn new(address: &Address, http2: bool, service_token: Option<Arc<str>>) -> Self {
        let http = HttpClient::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_TIMEOUT)
            .pool_max_idle_per_host(IDLE_CONNECTIONS)
            .http2_only(http2)
            .http2_initial_connection_window_size(crate::grpc::CONNECTION_WINDOW_BYTES)
            .http2_initial_stream_window_size(crate::grpc::STREAM_WINDOW_BYTES)
            .build(Connector(address.clone()));
        Self {
            http,
            origin: address.origin().into(),
            service_token,
        }
    }

    pub(crate) async fn unary<Q: Payload, A: Payload>(&self, method: &Method<Q, A>, call: Call<Q>) -> crate::Result<A> {
        let request = self.request(method, call)?;
        let sent = self.http.request(request).await;
        let answer = sent.map_err(|error| Fault::unavailable(format!("{}: {error:?}", method.grpc_path)))?;
        let (parts, body) = answer.into_parts();
        let body = read(Body::new(body)).await?;
        if parts.status.is_success() {
            return from_json(&body).map_err(|error| Fault::internal(format!("{}: {error}", method.grpc_path)));
        }
        Err(read_fault(parts.status, &parts.headers, &body))
    }

    fn request<Q: Payload, A>(&self, method: &Method<Q, A>, call: Call<Q>) -> crate::Result<Request<Full<Bytes>>> {
        let mut message = call.message;
        let mut uri = format!("{}{}", self.origin, (method.split)(&mut message));
        let mut body = Bytes::new();
        if method.has_body {
            body = Bytes::from(to_json(&message)?);
        } else {
            let query = serde_html_form::to_string(&message).map_err(unwritable)?;
            if !query.is_empty() {
                uri.push('?');
                uri.push_str(&query);
            }
        }
        let mut request = Request::builder()
            .method(method.verb.http())
            .uri(uri)
            .body(Full::new(body))
            .map_err(unwritable)?;
        let headers = request.headers_mut();
        headers.insert(ACCEPT, JSON);
        if method.has_body {
            headers.insert(CONTENT_TYPE, JSON);
        }
        wire::write(&call.context, self.service_token.as_deref(), headers);
        Ok(request)
    }
}

/// Serves one unary method.
pub(crate) async fn serve_unary<Q, A, Serve, Answer>(
    method: &'static Method<Q, A>,
    request: Request<Body>,
    serve: Serve,
) -> Response<Body>
where
    Q: Payload,
    A: Payload,
    Serve: FnOnce(Call<Q>) -> Answer,
    Answer: Future<Output = crate::Result<A>>,
{
    let (mut parts, body) = request.into_parts();
    let binary = parts.headers.get(ACCEPT) == Some(&PROTOBUF);
    let answer = async {
        let message = read_message(method, &mut parts, body).await?;
        let context = wire::read(&parts.headers, peer(&parts.extensions));
        let answer = serve(Call::new(message, context)).await?;
        if binary {
            return Ok(written(StatusCode::OK, PROTOBUF, answer.encode_to_vec()));
        }
        Ok(written(StatusCode::OK, JSON, to_json(&answer)?))
    };
    answer.await.unwrap_or_else(|fault: Fault| write_fault(&fault))
}

async fn read_message<Q: Payload, A>(
    method: &Method<Q, A>,
    parts: &mut request::Parts,
    body: Body,
) -> crate::Result<Q> {
    let mut message = if method.has_body {
        let body = read(body).await?;
        if parts.headers.get(CONTENT_TYPE) == Some(&PROTOBUF) {
            Q::decode(body).map_err(unreadable)?
        } else {
            from_json(&body).map_err(unreadable)?
        }
    } else {
        serde_html_form::from_str(parts.uri.query().unwrap_or_default()).map_err(unreadable)?
    };
    let path = RawPathParams::from_request_parts(parts, &()).await;
    let path = path.map_err(|_rejection| Fault::invalid("path", "The path is not valid."))?;
    for (name, value) in &path {
        (method.join)(&mut message, name, value.to_owned());
    }
    Ok(message)
}

/// A whole body, up to the message limit.
async fn read(body: Body) -> crate::Result<Bytes> {
    let collected = Limited::new(body, MESSAGE_LIMIT_BYTES).collect().await;
    match collected {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Fault::message_too_large(MESSAGE_LIMIT_BYTES)),
        Err(error) => Err(Fault::unavailable(format!("a body was cut: {error}"))),
    }
}

/// An empty body is an empty message.
fn from_json<T: Payload>(body: &[u8]) -> Result<T, serde_json::Error> {
    if body.is_empty() {
        return Ok(T::default());
    }
    serde_json::from_slice(body)
}

fn to_json<T: Payload>(message: &T) -> crate::Result<Vec<u8>> {
    serde_json::to_vec(message).map_err(unwritable)
}

fn unwritable(error: impl std::fmt::Display) -> Fault {
    Fault::internal(format!("a message could not be written: {error}"))
}

fn unreadable(error: impl std::fmt::Display) -> Fault {
    Fault::new(
        Code::InvalidArgument,
        "MALFORMED",
        format!("The request could not be read: {error}."),
    )
}

fn written(status: StatusCode, content_type: HeaderValue, body: Vec<u8>) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}

/// A fault as REST carries it between services.
#[derive(Debug, Serialize, Deserialize)]
struct FaultBody {
    code: Code,
    reason: String,
    message: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    fields: Vec<FieldViolation>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    metadata: BTreeMap<String, String>,
}

fn write_fault(fault: &Fault) -> Response<Body> {
    let body = FaultBody {
        code: fault.code,
        reason: fault.reason.clone().into_owned(),
        message: fault.message.clone().into_owned(),
        fields: fault.fields().to_vec(),
        metadata: fault.all_metadata(),
    };
    let status = StatusCode::from_u16(fault.code.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = written(status, JSON, serde_json::to_vec(&body).unwrap_or_default());
    if let Some(wait) = fault.retry_after() {
        // Whole seconds are all that the header knows: never earlier than asked.
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

fn read_fault(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Fault {
    let mut fault = match serde_json::from_slice::<FaultBody>(body) {
        Ok(body) => {
            let mut fault = Fault::new(body.code, body.reason, body.message);
            for violation in body.fields {
                fault = fault.with_field(violation.field, violation.message);
            }
            for (key, value) in body.metadata {
                fault = fault.with_metadata(key, value);
            }
            fault
        }
        // Not our words: something stands between us, or the method is not there.
        Err(_) => foreign(status),
    };
    let wait = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    if let Some(seconds) = wait.and_then(|text| text.parse().ok()) {
        fault = fault.with_retry_after(Duration::from_secs(seconds));
    }
    fault
}

fn foreign(status: StatusCode) -> Fault {
    let private = format!("answered {status} without a fault");
    match Code::from_http(status.as_u16()) {
        Code::Unavailable => Fault::unavailable(private),
        Code::NotFound => Fault::new(
            Code::Unimplemented,
            "UNIMPLEMENTED",
            "The service does not know this method.",
        )
        .with_private(private),
        Code::DeadlineExceeded => Fault::deadline_exceeded().with_private(private),
        _ => Fault::internal(private),
    }
}
