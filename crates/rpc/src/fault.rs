//! What can go wrong with a call, with one meaning over every carrier.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::error::Error;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// When an overloaded service may have a free permit again.
const FULL_HOUSE_WAIT: Duration = Duration::from_secs(1);

/// When to repeat a call that failed because the operator has to repair the storage.
const STORAGE_WAIT: Duration = Duration::from_secs(30);
/// The reason of a fault that only the operator can repair; its message is for the operator and is not shown to
/// customers.
pub const STORAGE: &str = "STORAGE";

/// The kinds of fault, with their numbers on both carriers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Code {
    InvalidArgument,
    Unauthenticated,
    PermissionDenied,
    NotFound,
    AlreadyExists,
    FailedPrecondition,
    Aborted,
    ResourceExhausted,
    Cancelled,
    DeadlineExceeded,
    Unavailable,
    Unimplemented,
    Internal,
}

impl Code {
    /// Every code with its gRPC code and its HTTP status, first match first.
    const TABLE: [(Self, tonic::Code, u16, &str); 13] = [
        (
            Self::InvalidArgument,
            tonic::Code::InvalidArgument,
            400,
            "INVALID_ARGUMENT",
        ),
        (
            Self::Unauthenticated,
            tonic::Code::Unauthenticated,
            401,
            "UNAUTHENTICATED",
        ),
        (
            Self::PermissionDenied,
            tonic::Code::PermissionDenied,
            403,
            "PERMISSION_DENIED",
        ),
        (Self::NotFound, tonic::Code::NotFound, 404, "NOT_FOUND"),
        (Self::AlreadyExists, tonic::Code::AlreadyExists, 409, "ALREADY_EXISTS"),
        (
            Self::FailedPrecondition,
            tonic::Code::FailedPrecondition,
            409,
            "FAILED_PRECONDITION",
        ),
        (Self::Aborted, tonic::Code::Aborted, 409, "ABORTED"),
        (
            Self::ResourceExhausted,
            tonic::Code::ResourceExhausted,
            429,
            "RESOURCE_EXHAUSTED",
        ),
        (Self::Cancelled, tonic::Code::Cancelled, 499, "CANCELLED"),
        (
            Self::DeadlineExceeded,
            tonic::Code::DeadlineExceeded,
            504,
            "DEADLINE_EXCEEDED",
        ),
        (Self::Unavailable, tonic::Code::Unavailable, 503, "UNAVAILABLE"),
        (Self::Unimplemented, tonic::Code::Unimplemented, 501, "UNIMPLEMENTED"),
        (Self::Internal, tonic::Code::Internal, 500, "INTERNAL"),
    ];

    pub fn http_status(self) -> u16 {
        self.row().2
    }

    pub(crate) fn grpc(self) -> tonic::Code {
        self.row().1
    }

    pub(crate) fn from_grpc(code: tonic::Code) -> Self {
        let found = Self::TABLE.iter().find(|row| row.1 == code);
        found.map_or(Self::Internal, |row| row.0)
    }

    pub(crate) fn from_http(status: u16) -> Self {
        let found = Self::TABLE.iter().find(|row| row.2 == status);
        match (found, status) {
            (Some(row), _) => row.0,
            (None, 502) => Self::Unavailable,
            (None, 405) => Self::Unimplemented,
            (None, 408) => Self::DeadlineExceeded,
            (None, 413) => Self::ResourceExhausted,
            (None, 400..=499) => Self::InvalidArgument,
            (None, _) => Self::Internal,
        }
    }

    /// The code's name in logs, metrics and REST bodies.
    pub fn name(self) -> &'static str {
        self.row().3
    }

    fn row(self) -> (Self, tonic::Code, u16, &'static str) {
        // The table has the order of the enum; a test checks this.
        Self::TABLE[self as usize]
    }
}

/// The reason of a call whose messages were cut off.
pub(crate) const CUT: &str = "CUT";

/// A fault: a code, a stable reason, a public sentence, and details.
///
/// Everything but [`Fault::private`] may reach the public.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    pub code: Code,
    /// A stable name such as `TITLE_NOT_FOUND`; programs tell faults apart by it.
    pub reason: Cow<'static, str>,
    /// A sentence for people.
    pub message: Cow<'static, str>,
    details: Option<Box<Details>>,
}

#[derive(Debug, Clone, Default)]
struct Details {
    fields: Vec<FieldViolation>,
    metadata: BTreeMap<String, String>,
    retry_after: Option<Duration>,
    private: Option<String>,
    reach: Reach,
}

/// How far a call got, as its client knows; it is not transmitted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Reach {
    /// The service has answered.
    #[default]
    Answered,
    /// The service may have received the call or not.
    Lost,
    /// The service never saw it.
    Unsent,
}

/// What is wrong with one field of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldViolation {
    /// The field's name as the contract writes it, such as `payment.token`.
    pub field: String,
    pub message: String,
}

impl Fault {
    pub fn new(code: Code, reason: impl Into<Cow<'static, str>>, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            reason: reason.into(),
            message: message.into(),
            details: None,
        }
    }

    /// Bad input, with the field named.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        let message = message.into();
        Self::new(Code::InvalidArgument, "INVALID_ARGUMENT", message.clone()).with_field(field, message)
    }

    /// A defect of the store itself; `private` describes it and goes to the log alone.
    pub fn internal(private: impl Into<String>) -> Self {
        Self::new(Code::Internal, "INTERNAL", "Something went wrong on our side.").with_private(private)
    }

    pub fn unavailable(private: impl Into<String>) -> Self {
        Self::new(
            Code::Unavailable,
            "UNAVAILABLE",
            "The service cannot be reached at the moment.",
        )
        .with_private(private)
    }

    /// Data cannot be written or read until the operator of the store repairs something; `cause` is a clause that says
    /// what is wrong, such as "the disk is full".
    pub fn storage(cause: impl std::fmt::Display, private: impl Into<String>) -> Self {
        let message = format!("The store cannot work: {cause}.");
        Self::new(Code::Unavailable, STORAGE, message)
            .with_retry_after(STORAGE_WAIT)
            .with_private(private)
    }

    /// No service answered; `error` is the carrier's, and shows whether the call was sent at all.
    pub(crate) fn unreached(error: &(dyn Error + 'static), private: impl Into<String>) -> Self {
        let reach = if is_unsent(error) { Reach::Unsent } else { Reach::Lost };
        Self::unavailable(private).having_come(reach)
    }

    /// The connection ended while the call was under way.
    pub(crate) fn lost(private: impl Into<String>) -> Self {
        Self::unavailable(private).having_come(Reach::Lost)
    }

    /// No connection could be opened, so the call was not sent.
    pub(crate) fn unsent(private: impl Into<String>) -> Self {
        Self::unavailable(private).having_come(Reach::Unsent)
    }

    fn having_come(mut self, reach: Reach) -> Self {
        self.details().reach = reach;
        self
    }

    pub(crate) fn reach(&self) -> Reach {
        self.details.as_ref().map(|details| details.reach).unwrap_or_default()
    }

    /// The service's process is about to end.
    pub(crate) fn draining() -> Self {
        let message = "This replica is shutting down. Repeat the call with another one.";
        Self::new(Code::Unavailable, "DRAINING", message)
    }

    /// No permit was free for the call, and nothing was done for it.
    pub(crate) fn overloaded() -> Self {
        let message = "Too much is asked of this part of the store at the moment. Try again in a second.";
        Self::new(Code::Unavailable, "FULL_HOUSE", message).with_retry_after(FULL_HOUSE_WAIT)
    }

    pub fn deadline_exceeded() -> Self {
        Self::new(
            Code::DeadlineExceeded,
            "DEADLINE_EXCEEDED",
            "The answer did not come in time.",
        )
    }

    /// The caller's messages were cut off, so those that arrived are incomplete.
    pub(crate) fn cut(private: impl Into<String>) -> Self {
        Self::new(Code::Cancelled, CUT, "The messages were cut off before their end.").with_private(private)
    }

    pub(crate) fn unimplemented(private: impl Into<String>) -> Self {
        Self::new(
            Code::Unimplemented,
            "UNIMPLEMENTED",
            "The service does not know this method.",
        )
        .with_private(private)
    }

    pub(crate) fn message_too_large(limit_bytes: usize) -> Self {
        Self::new(
            Code::ResourceExhausted,
            "MESSAGE_TOO_LARGE",
            format!("The message is larger than {limit_bytes} bytes."),
        )
    }

    #[must_use]
    pub fn with_field(mut self, field: impl Into<String>, message: impl Into<String>) -> Self {
        self.details().fields.push(FieldViolation {
            field: field.into(),
            message: message.into(),
        });
        self
    }

    /// Adds a fact that programs read, such as the order that was declined.
    #[must_use]
    pub fn with_metadata(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.details().metadata.insert(key.into(), value.into());
        self
    }

    #[must_use]
    pub fn with_retry_after(mut self, wait: Duration) -> Self {
        self.details().retry_after = Some(wait);
        self
    }

    /// Adds context for the log; it never leaves the process.
    #[must_use]
    pub fn with_private(mut self, private: impl Into<String>) -> Self {
        self.details().private = Some(private.into());
        self
    }

    pub fn fields(&self) -> &[FieldViolation] {
        self.details.as_ref().map_or(&[], |details| &details.fields)
    }

    pub fn metadata(&self, key: &str) -> Option<&str> {
        let details = self.details.as_ref()?;
        details.metadata.get(key).map(String::as_str)
    }

    pub fn retry_after(&self) -> Option<Duration> {
        self.details.as_ref().and_then(|details| details.retry_after)
    }

    pub fn private(&self) -> Option<&str> {
        let details = self.details.as_ref()?;
        details.private.as_deref()
    }

    pub(crate) fn all_metadata(&self) -> BTreeMap<String, String> {
        let details = self.details.as_ref();
        details.map(|details| details.metadata.clone()).unwrap_or_default()
    }

    fn details(&mut self) -> &mut Details {
        self.details.get_or_insert_default()
    }
}

/// Whether nothing of a call was sent: no connection could be opened, or the open one accepted no more calls.
fn is_unsent(error: &(dyn Error + 'static)) -> bool {
    std::iter::successors(Some(error), |&error| error.source()).any(|error| {
        let of_connecting = error.downcast_ref::<hyper_util::client::legacy::Error>();
        of_connecting.is_some_and(hyper_util::client::legacy::Error::is_connect)
            || error.is::<tonic::ConnectError>()
            || error
                .downcast_ref::<hyper::Error>()
                .is_some_and(hyper::Error::is_canceled)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_survives_grpc_and_is_told_apart_by_http_or_shares_409() {
        for (code, grpc, status, name) in Code::TABLE {
            assert_eq!(code.name(), name);
            assert_eq!(Code::from_grpc(grpc), code);
            assert_eq!(code.http_status(), status);
            if status != 409 {
                assert_eq!(Code::from_http(status), code);
            }
        }
    }

    #[test]
    fn statuses_outside_the_table_get_the_nearest_code() {
        assert_eq!(Code::from_http(502), Code::Unavailable);
        assert_eq!(Code::from_http(418), Code::InvalidArgument);
        assert_eq!(Code::from_http(599), Code::Internal);
    }
}
