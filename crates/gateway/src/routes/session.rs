//! Signing in and out.

use std::sync::Arc;
use std::time::Duration;

use api::rent::{self, CreateSessionRequest, DeleteSessionRequest};
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, SET_COOKIE, USER_AGENT};
use http::{HeaderMap, HeaderValue, StatusCode};
use rpc::Call;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::account::Customer;
use crate::Gateway;
use crate::extract::Body;
use crate::problem::{Problem, ProblemCode};
use crate::request::Anybody;
use crate::session::{self, device_token, set_cookie, set_device_cookie, token};
use crate::view::Time;

pub(crate) fn routes() -> OpenApiRouter<Arc<Gateway>> {
    OpenApiRouter::new().routes(routes!(create_session, delete_session))
}

/// A signed-in customer. The token is shown once; the cookie carries it too.
#[derive(Serialize, ToSchema)]
pub(super) struct Session {
    customer: Customer,
    /// For Authorization: Bearer.
    token: String,
    expires_at: Time,
}

/// Who signs in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SignIn {
    #[schema(max_length = 254)]
    email: String,
    #[schema(format = Password, max_length = 200)]
    password: String,
}

/// Sign in
#[utoipa::path(
    post,
    path = "/api/v1/session",
    tag = "account",
    request_body = SignIn,
    responses((status = CREATED, description = "Signed in, by the cookie or the token.", body = Session)),
)]
async fn create_session(
    State(gateway): State<Arc<Gateway>>,
    Anybody(context): Anybody,
    headers: HeaderMap,
    Body(who): Body<SignIn>,
) -> Result<Response, Problem> {
    // Rent counts wrong passwords; this limit spares it a flood of them. It counts by network and device too, so an
    // attacker elsewhere cannot lock the owner out.
    let account = who.email.trim().to_lowercase();
    let device_token = device_token(&headers, &gateway.settings).unwrap_or_default().to_owned();
    let asker = (account, context.client_network(), &device_token);
    gateway
        .rates
        .sign_ins
        .check_for(&asker, "sign_ins_an_account", &context)?;
    let message = CreateSessionRequest {
        email: who.email,
        password: who.password,
        device: device(&headers),
        device_token,
    };
    let session = gateway.rent.create_session(Call::new(message, context)).await?;
    Ok(signed_in(&gateway, session))
}

/// Sign out; without a session nothing is wrong
#[utoipa::path(
    delete,
    path = "/api/v1/session",
    tag = "account",
    responses((status = NO_CONTENT, description = "Signed out.")),
    security((), ("session_cookie" = []), ("session_token" = [])),
)]
async fn delete_session(
    State(gateway): State<Arc<Gateway>>,
    Anybody(context): Anybody,
    customer: Result<session::Customer, Problem>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    // If another customer has signed in since the page was made, its request must not sign that customer out.
    if let Some(changed) = customer
        .err()
        .filter(|problem| problem.code() == ProblemCode::CustomerChanged)
    {
        return Err(changed);
    }
    if let Some(token) = token(&headers, &gateway.settings) {
        gateway.sessions.forget(token);
        let message = DeleteSessionRequest {
            token: token.to_owned(),
        };
        gateway.rent.delete_session(Call::new(message, context)).await?;
        // Another request may have cached the session in between.
        gateway.sessions.forget(token);
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    put_cookie(&mut response, set_cookie(None, Duration::ZERO, &gateway.settings));
    Ok(response)
}

/// The answer that begins a session.
pub(super) fn signed_in(gateway: &Gateway, session: rent::Session) -> Response {
    let seconds = (session.expires_at_us - (gateway.clock)()) / 1_000_000;
    let lifetime = Duration::from_secs(u64::try_from(seconds).unwrap_or_default());
    let cookie = set_cookie(Some(&session.token), lifetime, &gateway.settings);
    let device = Some(&session.device_token).filter(|token| !token.is_empty());
    let device_cookie = device.and_then(|token| set_device_cookie(token, &gateway.settings));
    let view = Session {
        customer: session.customer.unwrap_or_default().into(),
        token: session.token,
        expires_at: Time::new(session.expires_at_us),
    };
    let mut response = (StatusCode::CREATED, [(CACHE_CONTROL, "no-store")], Json(view)).into_response();
    put_cookie(&mut response, cookie);
    put_cookie(&mut response, device_cookie);
    response
}

/// The browser's description of itself, its User-Agent.
pub(super) fn device(headers: &HeaderMap) -> String {
    let said = headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
    said.unwrap_or_default().to_owned()
}

pub(super) fn put_cookie(response: &mut Response, cookie: Option<HeaderValue>) {
    if let Some(cookie) = cookie {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
}
