//! The end of reminders, by the link that each of them has: the link's page asks a person, and a mail program posts to its address
//! by itself (RFC 8058). Neither is signed in.

use std::sync::Arc;

use api::rent::TurnRemindersOffRequest;
use axum::extract::State;
use http::StatusCode;
use rpc::{Call, Context};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Gateway;
use crate::extract::{Body, Query};
use crate::problem::Problem;
use crate::request::Anybody;

/// Where the link leads.
pub(crate) const PAGE: &str = "/account/reminders";

pub(crate) fn routes() -> OpenApiRouter<Arc<Gateway>> {
    OpenApiRouter::new().routes(routes!(turn_reminders_off))
}

/// The token of a reminder's link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TurnRemindersOff {
    token: String,
}

/// Turn reminders off for the customer whose reminder had this token
#[utoipa::path(
    post,
    path = "/api/v1/account/reminders:turn-off",
    tag = "account",
    request_body = TurnRemindersOff,
    responses((status = NO_CONTENT, description = "They are off.")),
)]
async fn turn_reminders_off(
    State(gateway): State<Arc<Gateway>>,
    Anybody(context): Anybody,
    Body(TurnRemindersOff { token }): Body<TurnRemindersOff>,
) -> Result<StatusCode, Problem> {
    turn_off(&gateway, token, context).await
}

/// The query of the link.
#[derive(Deserialize)]
pub(crate) struct Link {
    token: String,
}

/// What a mail program posts when its reader unsubscribes. Its body is always the same, so it is not read.
pub(crate) async fn one_click(
    State(gateway): State<Arc<Gateway>>,
    Anybody(context): Anybody,
    Query(Link { token }): Query<Link>,
) -> Result<StatusCode, Problem> {
    turn_off(&gateway, token, context).await
}

async fn turn_off(gateway: &Gateway, token: String, context: Context) -> Result<StatusCode, Problem> {
    let call = Call::new(TurnRemindersOffRequest { token }, context);
    gateway.rent.turn_reminders_off(call).await?;
    Ok(StatusCode::NO_CONTENT)
}
