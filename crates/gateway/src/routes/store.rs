//! Facts about the store.

use std::sync::Arc;

use api::rent;
use axum::Json;
use axum::extract::State;
use languages::Language;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Gateway;
use crate::extract::Query;
use crate::problem::Problem;
use crate::request::Anybody;
use crate::store_profile::StoreProfile;
use crate::view::PaymentMethod;

pub(crate) fn routes() -> OpenApiRouter<Arc<Gateway>> {
    OpenApiRouter::new().routes(routes!(get_store))
}

/// The store: its settings that are public, its languages, and how orders can be paid.
#[derive(Debug, Serialize, ToSchema)]
struct Store {
    #[serde(flatten)]
    profile: StoreProfile,
    /// The languages of its pages and mails.
    #[schema(example = json!(["en", "pt-BR"]))]
    languages: Vec<&'static str>,
    /// Of the currency that the request names, or of any currency.
    payment_methods: Vec<OfferedMethod>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct StoreQuery {
    /// The ISO 4217 code of the currency that is to be paid in.
    #[serde(default)]
    #[param(required = false, example = "BRL")]
    currency: String,
}

/// A way to pay, and who takes the money.
#[derive(Debug, Serialize, ToSchema)]
struct OfferedMethod {
    method: PaymentMethod,
    #[schema(example = "sandbox")]
    provider: String,
    /// Whether no real money moves.
    sandbox: bool,
    /// Whether an order sends the token that the provider gave the browser. Without, the customer pays on a page of the
    /// provider's or with a code: the order's `next_action`.
    needs_token: bool,
}

/// The store's public settings, and how orders can be paid
#[utoipa::path(
    get,
    path = "/api/v1/store",
    tag = "store",
    params(StoreQuery),
    responses((status = OK, description = "The store.", body = Store)),
)]
async fn get_store(
    State(gateway): State<Arc<Gateway>>,
    Anybody(context): Anybody,
    Query(query): Query<StoreQuery>,
) -> Result<Json<Store>, Problem> {
    let methods = gateway.payments.methods(&query.currency, &context).await?;
    let profile = gateway.profile.get(&context).await;
    Ok(Json(Store {
        profile: StoreProfile::clone(&profile),
        languages: Language::all().map(Language::tag).collect(),
        payment_methods: methods.iter().map(OfferedMethod::from).collect(),
    }))
}

impl From<&rent::PaymentOption> for OfferedMethod {
    fn from(offered: &rent::PaymentOption) -> Self {
        Self {
            method: offered.method().into(),
            provider: offered.provider.clone(),
            sandbox: offered.sandbox,
            needs_token: offered.needs_token,
        }
    }
}
