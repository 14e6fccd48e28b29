//! Faults over REST: a status with a body, or the last line of a stream.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::body::Body;
use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use serde::{Deserialize, Serialize};

use crate::fault::{Code, Fault, FieldViolation};
use crate::rest::{JSON, written};

/// A fault as REST carries it between services.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct FaultBody {
    code: Code,
    reason: String,
    message: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    fields: Vec<FieldViolation>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    metadata: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<u64>,
}

impl From<&Fault> for FaultBody {
    fn from(fault: &Fault) -> Self {
        let wait = fault
            .retry_after()
            .map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
        Self {
            code: fault.code,
            reason: fault.reason.clone().into_owned(),
            message: fault.message.clone().into_owned(),
            fields: fault.fields().to_vec(),
            metadata: fault.all_metadata(),
            retry_after_ms: wait,
        }
    }
}

impl From<FaultBody> for Fault {
    fn from(body: FaultBody) -> Self {
        let mut fault = Self::new(body.code, body.reason, body.message);
        for violation in body.fields {
            fault = fault.with_field(violation.field, violation.message);
        }
        for (key, value) in body.metadata {
            fault = fault.with_metadata(key, value);
        }
        match body.retry_after_ms {
            Some(wait) => fault.with_retry_after(Duration::from_millis(wait)),
            None => fault,
        }
    }
}

pub(super) fn write(fault: &Fault) -> Response<Body> {
    let status = StatusCode::from_u16(fault.code.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = serde_json::to_vec(&FaultBody::from(fault)).unwrap_or_default();
    let mut response = written(status, JSON, body);
    if let Some(wait) = fault.retry_after() {
        // The header has whole seconds, so round up: the client must not come earlier than asked.
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

pub(super) fn read(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Fault {
    if let Ok(body) = serde_json::from_slice::<FaultBody>(body) {
        return body.into();
    }
    let fault = foreign(status);
    let wait = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    match wait.and_then(|seconds| seconds.parse().ok()) {
        Some(seconds) => fault.with_retry_after(Duration::from_secs(seconds)),
        None => fault,
    }
}

/// The fault of an answer that the service did not write: a proxy did, or the method does not exist.
fn foreign(status: StatusCode) -> Fault {
    let private = format!("answered {status} without a fault");
    match Code::from_http(status.as_u16()) {
        Code::Unavailable => Fault::lost(private),
        Code::NotFound => Fault::unimplemented(private),
        Code::DeadlineExceeded => Fault::deadline_exceeded().with_private(private),
        _ => Fault::internal(private),
    }
}
