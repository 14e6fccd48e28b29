//! A person, with their films.

use std::sync::Arc;

use api::catalogue::GetPersonRequest;
use axum::Json;
use axum::extract::State;
use rpc::Call;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Gateway;
use crate::extract::Path;
use crate::language::Languages;
use crate::problem::Problem;
use crate::request::Anybody;
use crate::view::TitleItem;

pub(crate) fn routes() -> OpenApiRouter<Arc<Gateway>> {
    OpenApiRouter::new().routes(routes!(get_person))
}

/// Somebody, with the titles that they directed and those that they play in.
#[derive(Debug, Serialize, ToSchema)]
struct Person {
    #[schema(format = "uuid")]
    id: String,
    name: String,
    /// The years of the first and of the last of the titles; null without any.
    #[schema(required)]
    first_year: Option<i32>,
    #[schema(required)]
    last_year: Option<i32>,
    /// Latest first.
    directed: Vec<TitleItem>,
    acted: Vec<TitleItem>,
}

/// Somebody, with their films
#[utoipa::path(
    get,
    path = "/api/v1/people/{person_id}",
    tag = "catalogue",
    params(("person_id" = String, Path, format = "uuid"), ("Accept-Language" = Option<String>, Header)),
    responses((status = OK, description = "The person.", body = Person)),
)]
async fn get_person(
    State(gateway): State<Arc<Gateway>>,
    Anybody(context): Anybody,
    languages: Languages,
    Path(person_id): Path<String>,
) -> Result<Json<Person>, Problem> {
    let message = GetPersonRequest { person_id };
    let person = gateway.catalogue.get_person(Call::new(message, context)).await?;
    let years = || person.directed.iter().chain(&person.acted).map(|title| title.year);
    Ok(Json(Person {
        first_year: years().min(),
        last_year: years().max(),
        id: person.person_id,
        name: person.name,
        directed: TitleItem::list(person.directed, &languages),
        acted: TitleItem::list(person.acted, &languages),
    }))
}
