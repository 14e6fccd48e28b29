//! Facts about the store.

use std::sync::Arc;

use api::rent;
use axum::Json;
use axum::extract::State;
use languages::Language;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Gateway;
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
    payment_methods: Vec<OfferedMethod>,
}

/// A way to pay, and who takes the money.
#[derive(Debug, Serialize, ToSchema)]
struct OfferedMethod {
    method: PaymentMethod,
    #[schema(example = "sandbox")]
    provider: String,
    /// Whether no real money moves.
    sandbox: bool,
}

/// The store's public settings, and how orders can be paid
#[utoipa::path(
    get,
    path = "/api/v1/store",
    tag = "store",
    responses((status = OK, description = "The store.", body = Store)),
)]
async fn get_store(State(gateway): State<Arc<Gateway>>, Anybody(context): Anybody) -> Result<Json<Store>, Problem> {
    let methods = gateway.payments.methods(&context).await?;
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
        }
    }
}
