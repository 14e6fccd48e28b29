//! Accounts: opening one, looking at it, and the links that come by mail.

use std::sync::Arc;

use api::rent::{
    self, CreateCustomerRequest, GetCustomerRequest, RequestEmailVerificationRequest, RequestPasswordResetRequest,
    ResetPasswordRequest, VerifyEmailRequest,
};
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use rpc::Call;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::session::{Session, device, signed_in};
use crate::Gateway;
use crate::extract::Body;
use crate::language::Languages;
use crate::problem::Problem;
use crate::request::Anybody;
use crate::session;

pub(crate) fn routes() -> OpenApiRouter<Arc<Gateway>> {
    OpenApiRouter::new()
        .routes(routes!(create_account, get_account))
        .routes(routes!(request_password_reset))
        .routes(routes!(reset_password))
        .routes(routes!(verify_email))
        .routes(routes!(send_email_verification))
}

/// Somebody with an account.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Customer {
    #[schema(format = "uuid")]
    id: String,
    email: String,
    name: String,
    email_verified: bool,
    /// BCP 47; the language of the mail they get.
    language: String,
    /// Whether they are reminded by mail before a rental ends.
    reminders: bool,
    staff: bool,
}

impl From<rent::Customer> for Customer {
    fn from(customer: rent::Customer) -> Self {
        Self {
            id: customer.customer_id,
            email: customer.email,
            name: customer.name,
            email_verified: customer.email_verified,
            language: customer.language,
            reminders: customer.reminders,
            staff: customer.staff,
        }
    }
}

/// A new account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CreateAccount {
    #[schema(max_length = 254)]
    email: String,
    #[schema(format = Password, min_length = 8, max_length = 200)]
    password: String,
    #[schema(min_length = 1, max_length = 100)]
    name: String,
}

/// Open an account and sign in
#[utoipa::path(
    post,
    path = "/api/v1/account",
    tag = "account",
    params(("Accept-Language" = Option<String>, Header, description = "The language of the mail they get.")),
    request_body = CreateAccount,
    responses((status = CREATED, description = "Signed in, by the cookie or the token.", body = Session)),
)]
async fn create_account(
    State(gateway): State<Arc<Gateway>>,
    Anybody(context): Anybody,
    languages: Languages,
    headers: HeaderMap,
    Body(account): Body<CreateAccount>,
) -> Result<Response, Problem> {
    let message = CreateCustomerRequest {
        email: account.email,
        password: account.password,
        name: account.name,
        language: languages.spoken().tag().to_owned(),
        device: device(&headers),
    };
    let session = gateway.rent.create_customer(Call::new(message, context)).await?;
    Ok(signed_in(&gateway, session))
}

/// The signed-in customer
#[utoipa::path(
    get,
    path = "/api/v1/account",
    tag = "account",
    responses((status = OK, description = "The customer.", body = Customer)),
    security(("session_cookie" = []), ("session_token" = [])),
)]
async fn get_account(
    State(gateway): State<Arc<Gateway>>,
    customer: session::Customer,
) -> Result<Json<Customer>, Problem> {
    let call = Call::new(GetCustomerRequest {}, customer.context);
    Ok(Json(gateway.rent.get_customer(call).await?.into()))
}

/// Whose password was forgotten.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RequestPasswordReset {
    #[schema(max_length = 254)]
    email: String,
}

/// Send a link to set a new password; the answer is the same when there is no such account
#[utoipa::path(
    post,
    path = "/api/v1/account/password-reset",
    tag = "account",
    request_body = RequestPasswordReset,
    responses((status = ACCEPTED, description = "When there is such an account, a mail is on its way.")),
)]
async fn request_password_reset(
    State(gateway): State<Arc<Gateway>>,
    Anybody(context): Anybody,
    Body(asked): Body<RequestPasswordReset>,
) -> Result<StatusCode, Problem> {
    let message = RequestPasswordResetRequest { email: asked.email };
    gateway.rent.request_password_reset(Call::new(message, context)).await?;
    Ok(StatusCode::ACCEPTED)
}

/// A new password, with the token of the mail.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ResetPassword {
    token: String,
    #[schema(format = Password, min_length = 8, max_length = 200)]
    password: String,
}

/// Set a new password, which ends every session
#[utoipa::path(
    post,
    path = "/api/v1/account/password",
    tag = "account",
    request_body = ResetPassword,
    responses((status = NO_CONTENT, description = "Sign in with the new password.")),
)]
async fn reset_password(
    State(gateway): State<Arc<Gateway>>,
    Anybody(context): Anybody,
    Body(reset): Body<ResetPassword>,
) -> Result<StatusCode, Problem> {
    let message = ResetPasswordRequest {
        token: reset.token,
        password: reset.password,
    };
    gateway.rent.reset_password(Call::new(message, context)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The token of the mail.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct VerifyEmail {
    token: String,
}

/// Prove that an e-mail address is one's own
#[utoipa::path(
    post,
    path = "/api/v1/account/email-verification",
    tag = "account",
    request_body = VerifyEmail,
    responses((status = NO_CONTENT, description = "It is.")),
)]
async fn verify_email(
    State(gateway): State<Arc<Gateway>>,
    Anybody(context): Anybody,
    Body(verify): Body<VerifyEmail>,
) -> Result<StatusCode, Problem> {
    let message = VerifyEmailRequest { token: verify.token };
    gateway.rent.verify_email(Call::new(message, context)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Send the mail that proves one's e-mail address again
#[utoipa::path(
    post,
    path = "/api/v1/account/email-verification:send",
    tag = "account",
    responses((status = ACCEPTED, description = "A mail is on its way.")),
    security(("session_cookie" = []), ("session_token" = [])),
)]
async fn send_email_verification(
    State(gateway): State<Arc<Gateway>>,
    customer: session::Customer,
) -> Result<StatusCode, Problem> {
    let call = Call::new(RequestEmailVerificationRequest {}, customer.context);
    gateway.rent.request_email_verification(call).await?;
    Ok(StatusCode::ACCEPTED)
}
