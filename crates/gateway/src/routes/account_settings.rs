//! Changes that customers make to their accounts: name, language and reminders, the password, the address.

use std::sync::Arc;

use api::rent::{
    ChangeEmailRequest, ChangePasswordRequest, Reminders, RequestEmailChangeRequest, RevertEmailChangeRequest,
    UpdateCustomerRequest,
};
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::CACHE_CONTROL;
use http::{HeaderMap, StatusCode};
use rpc::Call;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::account::Customer;
use super::sessions::own_token;
use crate::Gateway;
use crate::extract::Body;
use crate::problem::Problem;
use crate::request::Anybody;
use crate::session;

pub(crate) fn routes() -> OpenApiRouter<Arc<Gateway>> {
    OpenApiRouter::new()
        .routes(routes!(update_account))
        .routes(routes!(change_password))
        .routes(routes!(request_email_change))
        .routes(routes!(change_email))
        .routes(routes!(revert_email_change))
}

/// What is to be changed; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UpdateAccount {
    #[schema(min_length = 1, max_length = 100, nullable = false)]
    name: Option<String>,
    /// BCP 47; the language of the mail they get.
    #[schema(nullable = false)]
    language: Option<String>,
    /// Whether to be reminded by mail before a rental ends.
    #[schema(nullable = false)]
    reminders: Option<bool>,
}

/// Change the name, the language or the reminders
#[utoipa::path(
    post,
    path = "/api/v1/account/settings",
    tag = "account",
    request_body = UpdateAccount,
    responses((status = OK, description = "The customer as they are now.", body = Customer)),
    security(("session_cookie" = []), ("session_token" = [])),
)]
async fn update_account(
    State(gateway): State<Arc<Gateway>>,
    customer: session::Customer,
    Body(changes): Body<UpdateAccount>,
) -> Result<Json<Customer>, Problem> {
    // Rent treats an empty name as "no change"; here it means that the customer emptied the field.
    if changes.name.as_ref().is_some_and(|name| name.trim().is_empty()) {
        return Err(Problem::invalid("name", "A name has 1 to 100 characters on one line."));
    }
    let reminders = match changes.reminders {
        None => Reminders::Unspecified,
        Some(true) => Reminders::On,
        Some(false) => Reminders::Off,
    };
    let message = UpdateCustomerRequest {
        name: changes.name.unwrap_or_default(),
        language: changes.language.unwrap_or_default(),
        reminders: reminders.into(),
    };
    let call = Call::new(message, customer.context);
    Ok(Json(gateway.rent.update_customer(call).await?.into()))
}

/// The present password and another one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangePassword {
    #[schema(format = Password, max_length = 200)]
    current_password: String,
    #[schema(format = Password, min_length = 8, max_length = 200)]
    password: String,
}

/// Change the password, which signs out every other device and ends every link that was sent
#[utoipa::path(
    post,
    path = "/api/v1/account/password:change",
    tag = "account",
    request_body = ChangePassword,
    responses((status = NO_CONTENT, description = "It is changed.")),
    security(("session_cookie" = []), ("session_token" = [])),
)]
async fn change_password(
    State(gateway): State<Arc<Gateway>>,
    customer: session::Customer,
    headers: HeaderMap,
    Body(change): Body<ChangePassword>,
) -> Result<StatusCode, Problem> {
    gateway
        .rates
        .sign_ins
        .check_for(&customer.customer_id, "sign_ins_an_account", &customer.context)?;
    let message = ChangePasswordRequest {
        current_password: change.current_password,
        password: change.password,
        token: own_token(&headers, &gateway),
    };
    gateway
        .rent
        .change_password(Call::new(message, customer.context))
        .await?;
    gateway.sessions.forget_customer(&customer.customer_id);
    Ok(StatusCode::NO_CONTENT)
}

/// The present password and the address that is wanted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RequestEmailChange {
    #[schema(format = Password, max_length = 200)]
    current_password: String,
    #[schema(max_length = 254)]
    email: String,
}

/// Send a link to another address, which becomes the account's when it is followed; the present one is told
#[utoipa::path(
    post,
    path = "/api/v1/account/email-change",
    tag = "account",
    request_body = RequestEmailChange,
    responses((status = ACCEPTED, description = "A mail is on its way to that address.")),
    security(("session_cookie" = []), ("session_token" = [])),
)]
async fn request_email_change(
    State(gateway): State<Arc<Gateway>>,
    customer: session::Customer,
    Body(change): Body<RequestEmailChange>,
) -> Result<StatusCode, Problem> {
    gateway
        .rates
        .sign_ins
        .check_for(&customer.customer_id, "sign_ins_an_account", &customer.context)?;
    let message = RequestEmailChangeRequest {
        current_password: change.current_password,
        email: change.email,
    };
    gateway
        .rent
        .request_email_change(Call::new(message, customer.context))
        .await?;
    Ok(StatusCode::ACCEPTED)
}

/// The token of the mail.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangeEmail {
    token: String,
}

/// Make the address that got the mail the account's, which ends every session
#[utoipa::path(
    post,
    path = "/api/v1/account/email",
    tag = "account",
    request_body = ChangeEmail,
    responses((status = NO_CONTENT, description = "It is; the old address was told.")),
)]
async fn change_email(
    State(gateway): State<Arc<Gateway>>,
    Anybody(context): Anybody,
    Body(change): Body<ChangeEmail>,
) -> Result<StatusCode, Problem> {
    let message = ChangeEmailRequest { token: change.token };
    gateway.rent.change_email(Call::new(message, context)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The token of the mail to the address that the account had.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RevertEmailChange {
    token: String,
}

/// The account has its earlier address again, and every session has ended.
#[derive(Serialize, ToSchema)]
struct RevertedEmailChange {
    /// Chooses a new password, as the token of a mail does: the old one opens nothing any more.
    reset_token: String,
}

/// Give the account the address back that it had, which ends every session, every link and the password
#[utoipa::path(
    post,
    path = "/api/v1/account/email-change:revert",
    tag = "account",
    request_body = RevertEmailChange,
    responses((status = OK, description = "It has it again.", body = RevertedEmailChange)),
)]
async fn revert_email_change(
    State(gateway): State<Arc<Gateway>>,
    Anybody(context): Anybody,
    Body(revert): Body<RevertEmailChange>,
) -> Result<Response, Problem> {
    let message = RevertEmailChangeRequest { token: revert.token };
    let reverted = gateway.rent.revert_email_change(Call::new(message, context)).await?;
    let reset_token = reverted.reset_token;
    Ok(([(CACHE_CONTROL, "no-store")], Json(RevertedEmailChange { reset_token })).into_response())
}
