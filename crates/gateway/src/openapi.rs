//! The OpenAPI document of the public API, which is derived from the handlers, and the page that shows it.

use std::sync::Arc;

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, OpenApi as Document, Ref, ResponseBuilder};
use utoipa::{Modify, OpenApi};

use crate::problem::{self, ProblemCode};
use crate::{Gateway, routes, session};

const PAGE: &str = include_str!("pages/docs.html");
const SCRIPT: &str = include_str!("pages/docs.js");

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Distributed Video Store",
        version = "1",
        description = "Find, rent, buy and watch films.",
        license(name = "AGPL-3.0-or-later", identifier = "AGPL-3.0-or-later"),
    ),
    // Schemas that no body names: the default answer, the enums of queries, and the messages of streams.
    components(schemas(
        problem::Document,
        ProblemCode,
        routes::titles::Kind,
        routes::titles::Sort,
        routes::events::ChangedTitles,
        routes::events::ChangedOrders,
        routes::play::PlayerWord,
        routes::play::StoreWord,
    )),
    modifiers(&Sessions),
)]
struct Base;

/// The document without any routes.
pub(crate) fn base() -> Document {
    Base::openapi()
}

/// The document, together with the routes that are served besides the public API.
#[expect(
    clippy::expect_used,
    reason = "the document is fixed at build time, and a test writes it"
)]
pub fn document(beside: Option<Document>) -> String {
    let (_, mut document) = routes::public().split_for_parts();
    document.merge(routes::health::routes().split_for_parts().1);
    if let Some(beside) = beside {
        document.merge(beside);
    }
    finish(&mut document);
    document.to_pretty_json().expect("the document is JSON")
}

/// `/openapi.json`, and `/docs` which shows it.
pub(crate) fn router(json: String) -> Router<Arc<Gateway>> {
    let json = Bytes::from(json);
    Router::new()
        .route(
            "/openapi.json",
            get(async move || ([(CONTENT_TYPE, "application/json")], json)),
        )
        .route("/docs", get(async || Html(PAGE)))
        .route("/docs.js", get(async || ([(CONTENT_TYPE, "text/javascript")], SCRIPT)))
}

/// Adds the default answer to every operation, because every call may end in a problem.
fn finish(document: &mut Document) {
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("Problem")))
        .build();
    let response = ResponseBuilder::new()
        .description("Any fault.")
        .content("application/problem+json", content)
        .build();
    for operation in document.paths.paths.values_mut().flat_map(operations) {
        operation
            .responses
            .responses
            .insert("default".to_owned(), response.clone().into());
    }
}

fn operations(path: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let verbs = [&mut path.get, &mut path.put, &mut path.post, &mut path.delete];
    verbs.into_iter().filter_map(Option::as_mut)
}

struct Sessions;

impl Modify for Sessions {
    fn modify(&self, document: &mut Document) {
        let components = document.components.get_or_insert_default();
        let cookie = ApiKey::Cookie(ApiKeyValue::new(session::COOKIE_NAME));
        components.add_security_scheme("session_cookie", SecurityScheme::ApiKey(cookie));
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        components.add_security_scheme("session_token", SecurityScheme::Http(bearer));
    }
}
