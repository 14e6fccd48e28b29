//! Faults as gRPC statuses with the standard details, and back.

use std::collections::HashMap;
use std::error::Error;

use tonic_types::{ErrorDetails, StatusExt};

use crate::edge::MESSAGE_LIMIT_BYTES;
use crate::fault::{Code, Fault};

/// The domain of our reasons in `google.rpc.ErrorInfo`.
const DOMAIN: &str = "dvs";

/// A fault as a status with the standard details.
pub(crate) fn status(fault: &Fault) -> tonic::Status {
    let metadata: HashMap<_, _> = fault.all_metadata().into_iter().collect();
    let mut details = ErrorDetails::with_error_info(fault.reason.as_ref(), DOMAIN, metadata);
    for violation in fault.fields() {
        details.add_bad_request_violation(&violation.field, &violation.message);
    }
    if let Some(wait) = fault.retry_after() {
        details.set_retry_info(Some(wait));
    }
    tonic::Status::with_error_details(fault.code.grpc(), fault.message.as_ref(), details)
}

impl From<tonic::Status> for Fault {
    /// A status that is not ours has the code's name as its reason.
    fn from(status: tonic::Status) -> Self {
        let details = status.get_error_details();
        let code = Code::from_grpc(status.code());
        let Some(info) = details.error_info().filter(|info| info.domain == DOMAIN) else {
            return foreign(code, &status);
        };
        let mut fault = Self::new(code, info.reason.clone(), status.message().to_owned());
        for (key, value) in &info.metadata {
            fault = fault.with_metadata(key, value);
        }
        for violation in details.bad_request().iter().flat_map(|bad| &bad.field_violations) {
            fault = fault.with_field(&violation.field, &violation.description);
        }
        if let Some(wait) = details.retry_info().and_then(|info| info.retry_delay) {
            fault = fault.with_retry_after(wait);
        }
        fault
    }
}

fn unreached(status: &tonic::Status, private: String) -> Fault {
    match status.source() {
        Some(source) => Fault::unreached(source, private),
        None => Fault::lost(private),
    }
}

/// A status that the carrier made: its text is about connections, so it is private.
fn foreign(code: Code, status: &tonic::Status) -> Fault {
    let private = format!("{status:?}");
    match code {
        Code::DeadlineExceeded => Fault::deadline_exceeded(),
        // tonic's own timer, set by the deadline that travels with the call.
        Code::Cancelled if is_expired(status) => Fault::deadline_exceeded(),
        Code::Unavailable | Code::Cancelled => unreached(status, private),
        Code::ResourceExhausted => Fault::message_too_large(MESSAGE_LIMIT_BYTES),
        // tonic calls a message over the decoder's limit out of range.
        _ if status.code() == tonic::Code::OutOfRange => Fault::message_too_large(MESSAGE_LIMIT_BYTES),
        Code::Unimplemented => Fault::unimplemented(private),
        Code::InvalidArgument => {
            Fault::new(code, "INVALID_ARGUMENT", "The service could not read the message.").with_private(private)
        }
        // A status with a source comes from the connection, which was cut.
        _ if status.source().is_some() => unreached(status, private),
        _ => Fault::internal(private),
    }
}

fn is_expired(status: &tonic::Status) -> bool {
    let mut causes = std::iter::successors(status.source(), |&error| error.source());
    causes.any(<dyn std::error::Error>::is::<tonic::TimeoutExpired>)
}
