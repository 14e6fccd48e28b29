//! The page of one film.

use std::sync::Arc;

use api::catalogue::{self, GetTitleRequest, ListRelatedTitlesRequest};
use api::rent::ListEntitlementsRequest;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use rpc::{Call, Context};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Gateway;
use crate::checkout_availability;
use crate::extract::Path;
use crate::film_pages::FilmPage;
use crate::language::Languages;
use crate::problem::{Problem, ProblemCode};
use crate::request::{self, Anybody};
use crate::session::{Customer, Visitor};
use crate::view::{Entitlement, Film, Holding, Title};

const JSON: HeaderValue = HeaderValue::from_static("application/json");

pub(crate) fn routes() -> OpenApiRouter<Arc<Gateway>> {
    OpenApiRouter::new().routes(routes!(get_title))
}

/// A film, with what the signed-in customer holds of it
#[utoipa::path(
    get,
    path = "/api/v1/titles/{title_id}",
    tag = "catalogue",
    params(("title_id" = String, Path, format = "uuid"), ("Accept-Language" = Option<String>, Header)),
    responses((status = OK, description = "The film.", body = Title)),
    security((), ("session_cookie" = []), ("session_token" = [])),
)]
async fn get_title(
    State(gateway): State<Arc<Gateway>>,
    Anybody(context): Anybody,
    Visitor(customer): Visitor,
    languages: Languages,
    Path(title_id): Path<String>,
) -> Result<Response, Problem> {
    let (film, holding) = futures::join!(
        film(&gateway, &title_id, &languages, &context),
        holding(&gateway, &title_id, customer, &context),
    );
    let page = film?;
    // Only customers who have a hidden film see its page.
    if page.is_hidden() && !holding.is_held() {
        return Err(Problem::new(
            StatusCode::NOT_FOUND,
            ProblemCode::TitleNotFound,
            "There is no such title.",
        ));
    }
    let page = page.with(&holding).map_err(|_error| Problem::internal())?;
    Ok(([(CONTENT_TYPE, JSON)], page).into_response())
}

/// A film's page as a guest sees it, from the cache if it was made a moment ago.
async fn film(
    gateway: &Gateway,
    title_id: &str,
    languages: &Languages,
    context: &Context,
) -> Result<FilmPage, Problem> {
    let asked = gateway.film_pages.ask(title_id, languages);
    if let Some(page) = gateway.film_pages.get(&asked) {
        return Ok(page);
    }
    let message = GetTitleRequest {
        title_id: title_id.to_owned(),
    };
    let (title, related) = futures::join!(
        gateway.catalogue.get_title(Call::new(message, context.clone())),
        related(gateway, title_id, context),
    );
    let is_whole = related.is_some();
    let title = title?.into_inner();
    let is_hidden = title.is_hidden;
    let film = Film::new(title, related.unwrap_or_default(), languages);
    let page = FilmPage::new(&film, is_hidden).map_err(|_error| Problem::internal())?;
    if is_whole {
        gateway.film_pages.keep(&asked, page.clone());
    }
    Ok(page)
}

/// The related titles; `None` if they cannot be had, because a film's page is useful without them.
async fn related(gateway: &Gateway, title_id: &str, context: &Context) -> Option<Vec<catalogue::RelatedTitle>> {
    let message = ListRelatedTitlesRequest {
        title_id: title_id.to_owned(),
    };
    let answer = gateway
        .catalogue
        .list_related_titles(Call::new(message, request::dispensable(context)))
        .await;
    answer.ok().map(|answer| answer.titles)
}

/// The customer's entitlement; that of a guest if rent does not answer, so that films can be found without rent.
async fn holding(gateway: &Gateway, title_id: &str, customer: Option<Customer>, context: &Context) -> Holding {
    let Some(customer) = customer else {
        let orders_open = gateway.checkout_availability.is_open(context).await;
        return Holding {
            orders_open,
            entitlement: None,
        };
    };
    let message = ListEntitlementsRequest {
        title_id: title_id.to_owned(),
        ..ListEntitlementsRequest::default()
    };
    let answer = gateway
        .rent
        .list_entitlements(Call::new(message, customer.context))
        .await;
    Holding {
        orders_open: answer.as_ref().err().is_none_or(checkout_availability::answered),
        entitlement: answer.ok().and_then(|held| Entitlement::best(held.entitlements)),
    }
}
