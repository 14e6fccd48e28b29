//! Webhooks: the addresses at which payment providers tell the store of events. Rent checks the signatures. They are no part
//! of the public API's document, because only providers call them.

use std::collections::HashMap;
use std::sync::Arc;

use api::rent::ReceiveProviderEventRequest;
use axum::Router;
use axum::extract::{OriginalUri, State};
use axum::routing::post;
use http::header::{AUTHORIZATION, COOKIE};
use http::{HeaderMap, StatusCode};
use rpc::Call;

use crate::Gateway;
use crate::extract::{Path, RawBody};
use crate::problem::Problem;
use crate::request::Anybody;

/// The longest body of an event.
const BODY_LIMIT_BYTES: usize = 256 * 1024;

pub(crate) fn routes() -> Router<Arc<Gateway>> {
    Router::new()
        .route("/webhooks/{provider}", post(receive))
        // Banks add this to the address that was registered, as the Central Bank's API Pix lays down.
        .route("/webhooks/{provider}/pix", post(receive))
}

/// Answers only once rent has stored what follows from the event, so that a provider sends it again until then.
async fn receive(
    State(gateway): State<Arc<Gateway>>,
    Anybody(context): Anybody,
    Path(provider): Path<String>,
    OriginalUri(address): OriginalUri,
    headers: HeaderMap,
    RawBody(body): RawBody<BODY_LIMIT_BYTES>,
) -> Result<StatusCode, Problem> {
    let request = ReceiveProviderEventRequest {
        provider,
        headers: passed_on(&headers),
        query: address.query().unwrap_or_default().to_owned(),
        body: body.into(),
    };
    gateway.rent.receive_provider_event(Call::new(request, context)).await?;
    Ok(StatusCode::OK)
}

/// The headers that rent gets: all but those with credentials for this store.
fn passed_on(headers: &HeaderMap) -> HashMap<String, String> {
    let others = headers
        .iter()
        .filter(|(name, _)| *name != COOKIE && *name != AUTHORIZATION);
    let texts = others.filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())));
    texts.collect()
}
