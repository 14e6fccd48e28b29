//! The customer's library.

use std::sync::Arc;

use api::rent::ListEntitlementsRequest;
use axum::Json;
use axum::extract::State;
use rpc::Call;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Gateway;
use crate::extract::Query;
use crate::language::Languages;
use crate::problem::Problem;
use crate::session::Customer;
use crate::view::{LibraryEntry, TitleItem, Titles, page_size, some_text};

pub(crate) fn routes() -> OpenApiRouter<Arc<Gateway>> {
    OpenApiRouter::new().routes(routes!(get_library))
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct LibraryQuery {
    #[param(minimum = 1, maximum = 100, default = 24)]
    page_size: Option<i32>,
    /// The `next_page_token` of the page before.
    page_token: String,
}

/// Newest first.
#[derive(Debug, Serialize, ToSchema)]
struct Library {
    entitlements: Vec<LibraryEntry>,
    /// Null on the last page.
    #[schema(required)]
    next_page_token: Option<String>,
}

/// What the customer rented and bought, newest first
#[utoipa::path(
    get,
    path = "/api/v1/library",
    tag = "library",
    params(LibraryQuery, ("Accept-Language" = Option<String>, Header)),
    responses((status = OK, description = "A page of entitlements.", body = Library)),
    security(("session_cookie" = []), ("session_token" = [])),
)]
async fn get_library(
    State(gateway): State<Arc<Gateway>>,
    customer: Customer,
    languages: Languages,
    Query(query): Query<LibraryQuery>,
) -> Result<Json<Library>, Problem> {
    let message = ListEntitlementsRequest {
        title_id: String::new(),
        page_size: page_size(query.page_size)?,
        page_token: query.page_token,
    };
    let page = gateway
        .rent
        .list_entitlements(Call::new(message, customer.context.clone()))
        .await?;
    let title_ids = page
        .entitlements
        .iter()
        .map(|entitlement| entitlement.title_id.as_str());
    let titles = Titles::ask_if_there(&gateway.catalogue, &customer.context, title_ids).await;
    let entitlements = page.entitlements.into_iter().map(|entitlement| {
        let title = titles.find_or(&entitlement.title_id, &entitlement.title_name);
        LibraryEntry::new(entitlement, TitleItem::new(title, &languages))
    });
    Ok(Json(Library {
        entitlements: entitlements.collect(),
        next_page_token: some_text(page.next_page_token),
    }))
}
