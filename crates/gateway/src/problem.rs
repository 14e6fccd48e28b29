//! The answers when something goes wrong: RFC 9457 problem documents. Only here do faults of the services become public.

use std::borrow::Cow;
use std::time::Duration;

use api::rent;
use axum::response::{IntoResponse, Response};
use http::header::{self, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};
use rpc::{Code, Fault};
use serde::de::IntoDeserializer;
use serde::de::value::Error as ValueError;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::view::{DeclineReason, Money};

/// When to try again after a temporary refusal for which the service gives no time.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The answer while the store cannot write or read its data.
const OUT_OF_ORDER: Cow<'static, str> = Cow::Borrowed("The store is out of order at the moment. Try again later.");

/// What went wrong, for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ProblemCode {
    InvalidArgument,
    MalformedBody,
    BodyTooLarge,
    UnsupportedMediaType,
    MethodNotAllowed,
    PageTokenUnknown,
    PasswordTooWeak,
    WrongPassword,
    LinkEnded,
    Unauthenticated,
    WrongCredentials,
    CrossOrigin,
    CustomerChanged,
    PermissionDenied,
    NotFound,
    TitleNotFound,
    PersonNotFound,
    CollectionNotFound,
    OfferNotFound,
    OrderNotFound,
    EntitlementNotFound,
    CustomerNotFound,
    MediaNotFound,
    PlaybackEnded,
    EmailTaken,
    OfferNotAvailable,
    NotPlayable,
    PriceChanged,
    AlreadyHeld,
    TitleBeingOrdered,
    IdempotencyKeyReused,
    OrderInProgress,
    NothingToPay,
    RefundNotAllowed,
    OrderOpen,
    NoSandbox,
    SandboxNotAllowed,
    PaymentDeclined,
    StartNotConfirmed,
    StartWindowEnded,
    ViewingWindowEnded,
    AccessEnded,
    PlayingElsewhere,
    TooManyStreams,
    PlaybackTakenOver,
    WatchlistFull,
    Conflict,
    RangeNotSatisfiable,
    RateLimited,
    TooManyMails,
    TooManySignIns,
    CatalogueUnavailable,
    Unavailable,
    DeadlineExceeded,
    Unimplemented,
    Internal,
}

impl ProblemCode {
    /// The code of a service's reason; a reason that is not public becomes a code by the kind of its fault.
    fn of(fault: &Fault) -> Self {
        let reason: serde::de::value::StrDeserializer<'_, ValueError> = fault.reason.as_ref().into_deserializer();
        Self::deserialize(reason).unwrap_or(match fault.code {
            Code::InvalidArgument => Self::InvalidArgument,
            Code::Unauthenticated => Self::Unauthenticated,
            Code::PermissionDenied => Self::PermissionDenied,
            Code::NotFound => Self::NotFound,
            Code::AlreadyExists | Code::FailedPrecondition | Code::Aborted => Self::Conflict,
            Code::ResourceExhausted => Self::RateLimited,
            Code::Unavailable => Self::Unavailable,
            Code::Cancelled | Code::DeadlineExceeded => Self::DeadlineExceeded,
            Code::Unimplemented => Self::Unimplemented,
            Code::Internal => Self::Internal,
        })
    }
}

/// A field that was refused, and why.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ProblemField {
    #[schema(example = "payment.token")]
    field: String,
    message: String,
}

/// RFC 9457 problem details.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct Document {
    r#type: &'static str,
    title: &'static str,
    status: u16,
    /// English, for people.
    detail: Cow<'static, str>,
    code: ProblemCode,
    request_id: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    fields: Vec<ProblemField>,
    /// `PRICE_CHANGED`: what it costs now.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    price: Option<Money>,
    /// `PRICE_CHANGED` and other refusals of an offer: which one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    offer_id: Option<String>,
    /// `ALREADY_HELD`: the title.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    title_id: Option<String>,
    /// `ALREADY_HELD`: what is held.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    entitlement_id: Option<String>,
    /// `PAYMENT_DECLINED`: the declined order; `TITLE_BEING_ORDERED`: the one that is being paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    order_id: Option<String>,
    /// `REFUND_NOT_ALLOWED`: why, such as `played` or `too_late`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    rule: Option<String>,
    /// `PAYMENT_DECLINED`: why.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    decline_reason: Option<DeclineReason>,
    /// `START_NOT_CONFIRMED`: how long the window is that would start.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    viewing_window_hours: Option<i32>,
    /// Seconds after which it is worth trying again; the Retry-After header says the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    retry_after: Option<u64>,
    /// For the log alone.
    #[serde(skip)]
    private: Option<String>,
}

/// A refusal or a failure that is being returned to the caller.
#[derive(Debug, Clone)]
pub struct Problem(Box<Document>);

impl Problem {
    pub fn new(status: StatusCode, code: ProblemCode, detail: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Document {
            r#type: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail: detail.into(),
            code,
            request_id: String::new(),
            fields: Vec::new(),
            price: None,
            offer_id: None,
            title_id: None,
            entitlement_id: None,
            order_id: None,
            rule: None,
            decline_reason: None,
            viewing_window_hours: None,
            retry_after: None,
            private: None,
        }))
    }

    /// A refusal of bad input; it names the field.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        let message = message.into();
        let mut problem = Self::new(StatusCode::BAD_REQUEST, ProblemCode::InvalidArgument, message.clone());
        let field = field.into();
        problem.0.fields.push(ProblemField { field, message });
        problem
    }

    /// Renames fields: a service may call a field of the query by another name.
    pub(crate) fn renaming(mut self, names: &[(&str, &str)]) -> Self {
        for problem in &mut self.0.fields {
            if let Some((_, own)) = names.iter().find(|(theirs, _)| *theirs == problem.field) {
                (*own).clone_into(&mut problem.field);
            }
        }
        self
    }

    /// The problem for a bug of the store; the code that finds the bug logs it.
    pub fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            ProblemCode::Internal,
            "Something went wrong on our side.",
        )
    }

    /// The problem for an address that does not exist.
    pub fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            ProblemCode::NotFound,
            "There is nothing at this address.",
        )
    }

    pub(crate) fn method_not_allowed() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            ProblemCode::MethodNotAllowed,
            "This cannot be done here; see the Allow header.",
        )
    }

    pub(crate) fn unauthenticated() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            ProblemCode::Unauthenticated,
            "Sign in to do this.",
        )
    }

    pub(crate) fn rate_limited(wait: Duration) -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            ProblemCode::RateLimited,
            "Too many requests. Try again in a moment.",
        )
        .with_retry_after(wait)
    }

    /// The problem for a request that found no permit: nothing was done for it.
    pub(crate) fn overloaded() -> Self {
        Self::busy("Too many people are asking at the moment. Try again in a second.")
    }

    /// The problem for a request that has to wait for others: nothing was done for it.
    pub fn busy(message: &'static str) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, ProblemCode::Unavailable, message).with_retry_after(RETRY_AFTER)
    }

    /// An order whose payment the provider declined.
    pub(crate) fn payment_declined(order: &rent::Order) -> Self {
        let mut problem = Self::new(
            StatusCode::PAYMENT_REQUIRED,
            ProblemCode::PaymentDeclined,
            "The payment was declined. Nothing was charged.",
        );
        problem.0.order_id = Some(order.order_id.clone());
        problem.0.decline_reason = Some(DeclineReason::of(order));
        problem
    }

    /// Rounds up to whole seconds and at least one: a client that came back at once would be refused again.
    pub(crate) fn with_retry_after(mut self, wait: Duration) -> Self {
        let whole = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        self.0.retry_after = Some(whole.max(1));
        self
    }

    pub fn code(&self) -> ProblemCode {
        self.0.code
    }

    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The answer with the problem document. If a service cannot be reached, the gateway logs it here; a fault inside a
    /// service is logged by the service.
    pub(crate) fn render(mut self, request_id: &str) -> Response {
        request_id.clone_into(&mut self.0.request_id);
        let status = self.status();
        let document = self.0;
        if let (StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT, Some(private)) =
            (status, &document.private)
        {
            tracing::warn!(request_id, code = ?document.code, private, "a request failed");
        }
        let mut response = (status, axum::Json(&document)).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = document.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        // The message of an internal fault is not public, whichever service wrote it.
        if fault.code == Code::Internal {
            return Self::internal();
        }
        let code = ProblemCode::of(&fault);
        let status = StatusCode::from_u16(fault.code.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        // Only the operator can solve this, and reads the details in the log.
        let detail = if fault.reason == rpc::STORAGE {
            OUT_OF_ORDER
        } else {
            fault.message.clone()
        };
        let mut problem = Self::new(status, code, detail);
        let fields = fault.fields().iter().cloned();
        problem.0.fields = fields
            .map(|rpc::FieldViolation { field, message }| ProblemField { field, message })
            .collect();
        let fact = |key| fault.metadata(key).map(ToOwned::to_owned);
        problem.0.price = Money::from_facts(fault.metadata("amount_minor"), fault.metadata("currency_code"));
        problem.0.offer_id = fact("offer_id");
        problem.0.title_id = fact("title_id");
        problem.0.entitlement_id = fact("entitlement_id");
        problem.0.order_id = fact("order_id");
        problem.0.rule = fact("rule");
        problem.0.viewing_window_hours = fault
            .metadata("viewing_window_hours")
            .and_then(|hours| hours.parse().ok());
        problem.0.private = fault.private().map(ToOwned::to_owned);
        let passes = matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
        match fault.retry_after().or(passes.then_some(RETRY_AFTER)) {
            Some(wait) => problem.with_retry_after(wait),
            None => problem,
        }
    }
}

/// The response carries the problem to the request's edge, which knows the request id and writes the document.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}
