//! The devices that the customer is signed in on.

use std::sync::Arc;

use api::rent::{self, EndOtherSessionsRequest, EndSessionRequest, ListSessionsRequest};
use axum::Json;
use axum::extract::State;
use http::{HeaderMap, StatusCode};
use rpc::Call;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Gateway;
use crate::device;
use crate::extract::Path;
use crate::problem::Problem;
use crate::session::{Customer, token};
use crate::view::Time;

pub(crate) fn routes() -> OpenApiRouter<Arc<Gateway>> {
    OpenApiRouter::new()
        .routes(routes!(list_sessions, end_other_sessions))
        .routes(routes!(end_session))
}

/// A session: the device it is on, as far as its browser said, and when it was used.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DeviceSession {
    id: String,
    /// Such as Firefox; null when it is none that is known.
    #[schema(required)]
    browser: Option<&'static str>,
    /// Such as Android; null when it is none that is known.
    #[schema(required)]
    system: Option<&'static str>,
    signed_in_at: Time,
    /// To a few minutes.
    last_seen_at: Time,
    /// Whether it is the one that asks.
    current: bool,
}

impl From<rent::DeviceSession> for DeviceSession {
    fn from(session: rent::DeviceSession) -> Self {
        Self {
            browser: device::browser(&session.device),
            system: device::system(&session.device),
            id: session.session_id,
            signed_in_at: Time::new(session.created_at_us),
            last_seen_at: Time::new(session.seen_at_us),
            current: session.current,
        }
    }
}

/// Latest seen first.
#[derive(Debug, Serialize, ToSchema)]
struct DeviceSessions {
    sessions: Vec<DeviceSession>,
}

/// Where the customer is signed in, latest seen first
#[utoipa::path(
    get,
    path = "/api/v1/account/sessions",
    tag = "account",
    responses((status = OK, description = "The sessions.", body = DeviceSessions)),
    security(("session_cookie" = []), ("session_token" = [])),
)]
async fn list_sessions(
    State(gateway): State<Arc<Gateway>>,
    customer: Customer,
    headers: HeaderMap,
) -> Result<Json<DeviceSessions>, Problem> {
    let message = ListSessionsRequest {
        token: own_token(&headers, &gateway),
    };
    let listed = gateway.rent.list_sessions(Call::new(message, customer.context)).await?;
    let sessions = listed.sessions.into_iter().map(DeviceSession::from).collect();
    Ok(Json(DeviceSessions { sessions }))
}

/// Sign out every other device, and end every link that was sent
#[utoipa::path(
    delete,
    path = "/api/v1/account/sessions",
    tag = "account",
    responses((status = NO_CONTENT, description = "This session alone is left.")),
    security(("session_cookie" = []), ("session_token" = [])),
)]
async fn end_other_sessions(
    State(gateway): State<Arc<Gateway>>,
    customer: Customer,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let message = EndOtherSessionsRequest {
        token: own_token(&headers, &gateway),
    };
    gateway
        .rent
        .end_other_sessions(Call::new(message, customer.context))
        .await?;
    gateway.sessions.forget_customer(&customer.customer_id);
    Ok(StatusCode::NO_CONTENT)
}

/// Sign one device out; one that is not there is signed out already
#[utoipa::path(
    delete,
    path = "/api/v1/account/sessions/{session_id}",
    tag = "account",
    params(("session_id" = String, Path)),
    responses((status = NO_CONTENT, description = "It is signed out.")),
    security(("session_cookie" = []), ("session_token" = [])),
)]
async fn end_session(
    State(gateway): State<Arc<Gateway>>,
    customer: Customer,
    Path(session_id): Path<String>,
) -> Result<StatusCode, Problem> {
    let message = EndSessionRequest { session_id };
    gateway.rent.end_session(Call::new(message, customer.context)).await?;
    gateway.sessions.forget_customer(&customer.customer_id);
    Ok(StatusCode::NO_CONTENT)
}

/// The token of the request's own session.
pub(super) fn own_token(headers: &HeaderMap, gateway: &Gateway) -> String {
    token(headers, &gateway.settings).unwrap_or_default().to_owned()
}
