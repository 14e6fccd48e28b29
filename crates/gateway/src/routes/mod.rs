//! The resources of the public API, one file each: query, view, docs, handler.

mod account;
mod account_data;
mod account_settings;
mod collections;
pub(crate) mod events;
pub(crate) mod health;
mod library;
mod most_rented;
mod orders;
mod paying;
mod people;
pub(crate) mod play;
mod playback;
pub(crate) mod reminders;
mod session;
mod sessions;
mod store;
mod title;
pub(crate) mod titles;
mod watchlist;
pub(crate) mod webhooks;
mod words;

use std::sync::Arc;

use utoipa_axum::router::OpenApiRouter;

use crate::{Gateway, openapi};

/// The public API with its document.
pub(crate) fn public() -> OpenApiRouter<Arc<Gateway>> {
    OpenApiRouter::with_openapi(openapi::base())
        .merge(titles::routes())
        .merge(title::routes())
        .merge(most_rented::routes())
        .merge(people::routes())
        .merge(collections::routes())
        .merge(account::routes())
        .merge(account_settings::routes())
        .merge(account_data::routes())
        .merge(reminders::routes())
        .merge(session::routes())
        .merge(sessions::routes())
        .merge(orders::routes())
        .merge(paying::routes())
        .merge(library::routes())
        .merge(playback::routes())
        .merge(play::routes())
        .merge(events::routes())
        .merge(watchlist::routes())
        .merge(words::routes())
        .merge(store::routes())
}
