//! The films that a customer wants to remember.

use std::sync::Arc;

use api::rent::{AddToWatchlistRequest, ListWatchlistRequest, RemoveFromWatchlistRequest};
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use rpc::Call;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Gateway;
use crate::extract::Path;
use crate::language::Languages;
use crate::problem::Problem;
use crate::session::Customer;
use crate::view::{TitleItem, Titles};

pub(crate) fn routes() -> OpenApiRouter<Arc<Gateway>> {
    OpenApiRouter::new()
        .routes(routes!(get_watchlist))
        .routes(routes!(add_to_watchlist, remove_from_watchlist))
}

/// Latest added first.
#[derive(Debug, Serialize, ToSchema)]
struct Watchlist {
    titles: Vec<TitleItem>,
}

/// The customer's watchlist, latest added first
#[utoipa::path(
    get,
    path = "/api/v1/watchlist",
    tag = "watchlist",
    params(("Accept-Language" = Option<String>, Header)),
    responses((status = OK, description = "Its titles; those that left the catalogue are left out.", body = Watchlist)),
    security(("session_cookie" = []), ("session_token" = [])),
)]
async fn get_watchlist(
    State(gateway): State<Arc<Gateway>>,
    customer: Customer,
    languages: Languages,
) -> Result<Json<Watchlist>, Problem> {
    let call = Call::new(ListWatchlistRequest {}, customer.context.clone());
    let title_ids = gateway.rent.list_watchlist(call).await?.title_ids;
    let known = Titles::ask(
        &gateway.catalogue,
        &customer.context,
        title_ids.iter().map(String::as_str),
    )
    .await?;
    let titles = title_ids.iter().filter_map(|title_id| known.find(title_id));
    let titles = titles.map(|title| TitleItem::new(title.clone(), &languages)).collect();
    Ok(Json(Watchlist { titles }))
}

/// Put a film on the watchlist; once is enough
#[utoipa::path(
    put,
    path = "/api/v1/watchlist/{title_id}",
    tag = "watchlist",
    params(("title_id" = String, Path, format = "uuid")),
    responses((status = NO_CONTENT, description = "It is there.")),
    security(("session_cookie" = []), ("session_token" = [])),
)]
async fn add_to_watchlist(
    State(gateway): State<Arc<Gateway>>,
    customer: Customer,
    Path(title_id): Path<String>,
) -> Result<StatusCode, Problem> {
    let message = AddToWatchlistRequest { title_id };
    gateway
        .rent
        .add_to_watchlist(Call::new(message, customer.context))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take a film off the watchlist
#[utoipa::path(
    delete,
    path = "/api/v1/watchlist/{title_id}",
    tag = "watchlist",
    params(("title_id" = String, Path, format = "uuid")),
    responses((status = NO_CONTENT, description = "It is not there.")),
    security(("session_cookie" = []), ("session_token" = [])),
)]
async fn remove_from_watchlist(
    State(gateway): State<Arc<Gateway>>,
    customer: Customer,
    Path(title_id): Path<String>,
) -> Result<StatusCode, Problem> {
    let message = RemoveFromWatchlistRequest { title_id };
    gateway
        .rent
        .remove_from_watchlist(Call::new(message, customer.context))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
