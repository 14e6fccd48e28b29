//! What is rented most: rent counts, the catalogue knows the films.

use std::sync::Arc;

use api::rent::ListMostRentedTitlesRequest;
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
use crate::request::Anybody;
use crate::view::{TitleItem, Titles, page_size};

const DAYS: std::ops::RangeInclusive<i32> = 1..=30;

pub(crate) fn routes() -> OpenApiRouter<Arc<Gateway>> {
    OpenApiRouter::new().routes(routes!(list_most_rented))
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct MostRentedQuery {
    /// How far back to look.
    #[param(minimum = 1, maximum = 30, default = 7)]
    days: Option<i32>,
    #[param(minimum = 1, maximum = 100, default = 24)]
    page_size: Option<i32>,
}

/// Most rented first.
#[derive(Debug, Serialize, ToSchema)]
struct MostRented {
    titles: Vec<TitleItem>,
}

/// The titles rented most in the last days; those with very few rentals are left out, so there may be few titles or none
#[utoipa::path(
    get,
    path = "/api/v1/titles:most-rented",
    tag = "catalogue",
    params(MostRentedQuery, ("Accept-Language" = Option<String>, Header)),
    responses((status = OK, description = "The titles.", body = MostRented)),
)]
async fn list_most_rented(
    State(gateway): State<Arc<Gateway>>,
    Anybody(context): Anybody,
    languages: Languages,
    Query(query): Query<MostRentedQuery>,
) -> Result<Json<MostRented>, Problem> {
    if query.days.is_some_and(|days| !DAYS.contains(&days)) {
        return Err(Problem::invalid("days", "These are 1 to 30 days."));
    }
    let message = ListMostRentedTitlesRequest {
        days: query.days.unwrap_or_default(),
        page_size: page_size(query.page_size)?,
    };
    let call = Call::new(message, context.clone());
    let most = gateway.rent.list_most_rented_titles(call).await?.title_ids;
    let ids = || most.iter().map(String::as_str);
    let titles = Titles::ask(&gateway.catalogue, &context, ids()).await?;
    let known = ids().filter_map(|id| titles.find(id));
    let titles = known.map(|title| TitleItem::new(title.clone(), &languages)).collect();
    Ok(Json(MostRented { titles }))
}
