//! What handlers read from a request; a refusal names the wrong field.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{FromRequest, FromRequestParts, Request};
use bytes::BytesMut;
use futures::StreamExt;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;

use crate::Gateway;
use crate::problem::{Problem, ProblemCode};
use crate::request;

/// How long the rest of a refused body is read: a client that is cut off while it sends never reads the refusal.
const DRAIN: Duration = Duration::from_secs(1);

/// A JSON body.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Arc<Gateway>> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, gateway: &Arc<Gateway>) -> Result<Self, Problem> {
        let deadline = request::deadline(request.extensions());
        let is_json = is_json(request.headers());
        let reading = read(request.into_body(), gateway.settings.body_limit_bytes);
        let content = tokio::time::timeout_at(deadline, reading)
            .await
            .map_err(|_elapsed| too_slow())??;
        if !is_json {
            return Err(not_json());
        }
        let mut deserializer = serde_json::Deserializer::from_slice(&content);
        let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| refused(&error))?;
        deserializer.end().map_err(|error| malformed(&error))?;
        Ok(Self(value))
    }
}

/// The body as it came, of at most `LIMIT` bytes.
pub(crate) struct RawBody<const LIMIT: usize>(pub(crate) BytesMut);

impl<const LIMIT: usize> FromRequest<Arc<Gateway>> for RawBody<LIMIT> {
    type Rejection = Problem;

    async fn from_request(request: Request, _gateway: &Arc<Gateway>) -> Result<Self, Problem> {
        let deadline = request::deadline(request.extensions());
        let reading = read(request.into_body(), LIMIT);
        let content = tokio::time::timeout_at(deadline, reading).await;
        Ok(Self(content.map_err(|_elapsed| too_slow())??))
    }
}

async fn read(body: axum::body::Body, limit_bytes: usize) -> Result<BytesMut, Problem> {
    let mut content = BytesMut::new();
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| cut_off())?;
        if content.len() + chunk.len() > limit_bytes {
            // The refusal is the same whether the rest came in time or not.
            let _ = tokio::time::timeout(DRAIN, chunks.for_each(async |_| ())).await;
            return Err(too_large(limit_bytes));
        }
        content.extend_from_slice(&chunk);
    }
    Ok(content)
}

/// The query. A name may occur more than once; an empty value counts as absent.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let pairs = parts.uri.query().unwrap_or_default().split('&');
        // Forms send the fields that were left empty too. A value may itself end with “=”.
        let is_empty = |pair: &&str| pair.split_once('=').is_some_and(|(_, value)| value.is_empty());
        let filled: Vec<&str> = pairs.filter(|pair| !is_empty(pair)).collect();
        let query = filled.join("&");
        let deserializer = serde_html_form::Deserializer::from_bytes(query.as_bytes());
        let value = serde_path_to_error::deserialize(deserializer).map_err(|error| {
            let field = error.path().to_string();
            Problem::invalid(without_index(&field), error.inner().to_string())
        })?;
        Ok(Self(value))
    }
}

/// The variable parts of the path; a value that cannot be parsed gives 404.
pub(crate) struct Path<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = axum::extract::Path::from_request_parts(parts, state).await;
        path.map(|axum::extract::Path(value)| Self(value))
            .map_err(|_| Problem::not_found())
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = value.and_then(|value| value.split(';').next()).unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("application/json")
}

fn not_json() -> Problem {
    Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ProblemCode::UnsupportedMediaType,
        "Send the body as application/json.",
    )
}

fn too_large(limit_bytes: usize) -> Problem {
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        ProblemCode::BodyTooLarge,
        format!("The body is over {limit_bytes} bytes."),
    )
}

fn cut_off() -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        ProblemCode::MalformedBody,
        "The body was cut off.",
    )
}

fn too_slow() -> Problem {
    Problem::new(
        StatusCode::REQUEST_TIMEOUT,
        ProblemCode::DeadlineExceeded,
        "The body did not come in time.",
    )
}

fn malformed(error: &serde_json::Error) -> Problem {
    let detail = format!(
        "The body is not JSON: look at line {}, column {}.",
        error.line(),
        error.column()
    );
    Problem::new(StatusCode::BAD_REQUEST, ProblemCode::MalformedBody, detail)
}

fn refused(error: &serde_path_to_error::Error<serde_json::Error>) -> Problem {
    if !error.inner().is_data() {
        return malformed(error.inner());
    }
    let message = error.inner().to_string();
    // The problem names the field, so the position in the text is left out.
    let message = message
        .rsplit_once(" at line ")
        .map_or(message.as_str(), |(before, _)| before);
    Problem::invalid(field_name(&error.path().to_string(), message), message)
}

/// The path of the wrong field. The path of a missing field ends at its parent, and only the message names it.
fn field_name(path: &str, message: &str) -> String {
    let parent = if path == "." { "" } else { path };
    let missing = message
        .strip_prefix("missing field `")
        .and_then(|rest| rest.split('`').next());
    match missing {
        Some(name) if parent.is_empty() => name.to_owned(),
        Some(name) => format!("{parent}.{name}"),
        None if parent.is_empty() => "body".to_owned(),
        None => parent.to_owned(),
    }
}

/// In a query, the client repeats a field without an index, so the index is left out.
fn without_index(field: &str) -> &str {
    field.split('[').next().unwrap_or(field)
}

pub(crate) const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

/// The client's idempotency key, if it gave one.
pub(crate) fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get(IDEMPOTENCY_KEY) else {
        return Ok(None);
    };
    let key = value.to_str().unwrap_or_default();
    if (1..=255).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(Some(key.to_owned()));
    }
    let message = "An Idempotency-Key is 1 to 255 visible ASCII characters.";
    Err(Problem::invalid(IDEMPOTENCY_KEY, message))
}
