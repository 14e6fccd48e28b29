//! The routes of the gateway and the layers around them.

use std::sync::Arc;

use axum::extract::Request;
use axum::routing::{get, post};
use axum::{Router, middleware};
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
use utoipa_axum::router::OpenApiRouter;

use crate::problem::Problem;
use crate::state::Gateway;
use crate::web::{self, Pages};
use crate::{logo, media, openapi, posters, request, routes};

/// Lines are sent as they are made; compression would hold them back.
const LINES: NotForContentType = NotForContentType::const_new("application/x-ndjson");

/// All routes of one gateway.
pub(crate) fn routes(gateway: &Arc<Gateway>) -> Router {
    let gateway = Arc::clone(gateway);
    gateway
        .film_pages
        .follow(Arc::clone(&gateway.catalogue), gateway.draining.clone());
    gateway.profile.follow(gateway.draining.clone());
    let (public, _) = routes::public().split_for_parts();
    let (beside, beside_document) = gateway.beside.clone().map(OpenApiRouter::split_for_parts).unzip();
    let (health, _) = routes::health::routes().split_for_parts();
    let admitted = middleware::from_fn_with_state(Arc::clone(&gateway), request::admitted);
    let own_answer = middleware::from_fn_with_state(Arc::clone(&gateway), request::own_answer);
    let public = public
        .merge(beside.unwrap_or_default())
        .merge(openapi::router(openapi::document(beside_document)))
        .layer(own_answer)
        // These answers are not cached, so each is compressed again: the fastest level gives most of the gain.
        .layer(
            CompressionLayer::new()
                .quality(CompressionLevel::Fastest)
                .compress_when(DefaultPredicate::new().and(LINES)),
        )
        .layer(admitted.clone());
    // Pages fetch their data through these routes as a guest would, without the limits for callers from outside.
    let (api, _) = routes::public().split_for_parts();
    let pages = Arc::new(Pages::new(Arc::clone(&gateway), api.with_state(Arc::clone(&gateway))));
    let page = move |request: Request| web::answer(Arc::clone(&pages), request);
    let reminders = post(routes::reminders::one_click).layer(admitted.clone());
    let routes = Router::new()
        .merge(public)
        .merge(media::routes().merge(logo::routes()).layer(admitted.clone()))
        .merge(routes::webhooks::routes().layer(admitted))
        .route(routes::reminders::PAGE, reminders.get(page.clone()))
        .merge(health)
        // Metrics are served on a port of their own. Without this route, a scraper would get a page of the web app.
        .route("/metrics", get(async || Problem::not_found()))
        .merge(posters::routes())
        .fallback(page)
        .method_not_allowed_fallback(async || Problem::method_not_allowed());
    at_edge(&gateway, routes)
}

/// Adds the layers that every answer of the gateway passes.
pub(crate) fn at_edge(gateway: &Arc<Gateway>, routes: Router<Arc<Gateway>>) -> Router {
    routes
        .layer(middleware::from_fn_with_state(Arc::clone(gateway), request::edge))
        .with_state(Arc::clone(gateway))
}
