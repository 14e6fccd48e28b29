//! The store's logo, at an address that another picture does not have.

use std::sync::Arc;

use api::catalogue::{Catalogue, GetStoreLogoRequest};
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use moka::sync::Cache;
use rpc::{Call, Context};

use crate::Gateway;
use crate::extract::Path;
use crate::problem::Problem;
use crate::request::Anybody;

/// The one that is shown, and the one before it, for pages that are open.
const KEPT: u64 = 2;
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

pub(crate) fn routes() -> Router<Arc<Gateway>> {
    Router::new().route("/logo/{hash}", get(get_logo))
}

/// Logos by their hashes.
pub(crate) struct Logos {
    catalogue: Arc<dyn Catalogue>,
    kept: Cache<String, Logo>,
}

#[derive(Clone)]
struct Logo {
    content_type: HeaderValue,
    image: Bytes,
}

impl Logos {
    pub(crate) fn new(catalogue: Arc<dyn Catalogue>) -> Self {
        let kept = Cache::new(KEPT);
        Self { catalogue, kept }
    }

    async fn get(&self, hash: String, context: Context) -> Result<Logo, Problem> {
        if let Some(logo) = self.kept.get(&hash) {
            return Ok(logo);
        }
        let call = Call::new(GetStoreLogoRequest { hash: hash.clone() }, context);
        let found = self.catalogue.get_store_logo(call).await?;
        let logo = Logo {
            content_type: HeaderValue::try_from(found.content_type).map_err(|_| Problem::internal())?,
            image: found.image.into(),
        };
        self.kept.insert(hash, logo.clone());
        Ok(logo)
    }
}

async fn get_logo(
    State(gateway): State<Arc<Gateway>>,
    Anybody(context): Anybody,
    Path(hash): Path<String>,
) -> Result<Response, Problem> {
    let Logo { content_type, image } = gateway.logos.get(hash, context).await?;
    let headers = [(CONTENT_TYPE, content_type), (CACHE_CONTROL, FOR_EVER)];
    Ok((headers, image).into_response())
}
