//! What the store says of itself, as the catalogue keeps it. A gateway follows the changes, so that a new name is on its
//! next page; while the catalogue cannot be reached, what it said last holds.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use api::catalogue::{
    Catalogue, DEFAULT_STORE_NAME, GetStoreSettingsRequest, StoreSettings, WatchStoreSettingsRequest,
};
use futures::StreamExt;
use rpc::{Call, Context};
use serde::Serialize;
use tokio_util::sync::CancellationToken;
use utoipa::ToSchema;

use crate::request;

/// How long to rest after the catalogue could not be watched.
const PAUSE: Duration = Duration::from_millis(500);

/// What the store says of itself. What it does not say is null.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct StoreProfile {
    #[schema(example = "Cine Clube")]
    pub(crate) name: String,
    #[schema(required)]
    pub(crate) tagline: Option<String>,
    #[schema(required, example = "/logo/0f343b0931126a20f133d67c2b018a3b")]
    pub(crate) logo_url: Option<String>,
    /// The colour of buttons and links.
    #[schema(required, example = "#f2a93b")]
    pub(crate) accent: Option<String>,
    #[schema(required)]
    pub(crate) contact_email: Option<String>,
    /// Who sells, as the law knows them.
    #[schema(required)]
    pub(crate) legal_name: Option<String>,
    #[schema(required)]
    pub(crate) address: Option<String>,
    #[schema(required)]
    pub(crate) tax_id: Option<String>,
    /// The accent as it can be read on a light page and on a dark one.
    #[serde(skip)]
    pub(crate) tones: Option<(String, String)>,
    #[serde(skip)]
    pub(crate) revision: i64,
}

impl From<StoreSettings> for StoreProfile {
    fn from(settings: StoreSettings) -> Self {
        let said = |text: String| Some(text).filter(|text| !text.is_empty());
        Self {
            name: settings.name,
            tagline: said(settings.tagline),
            logo_url: said(settings.logo_hash).map(|hash| format!("/logo/{hash}")),
            accent: said(settings.accent),
            contact_email: said(settings.contact_email),
            legal_name: said(settings.legal_name),
            address: said(settings.address),
            tax_id: said(settings.tax_id),
            tones: said(settings.accent_light).zip(said(settings.accent_dark)),
            revision: settings.revision,
        }
    }
}

/// The profile as this gateway knows it.
pub(crate) struct KnownProfile {
    catalogue: Arc<dyn Catalogue>,
    known: RwLock<Option<Arc<StoreProfile>>>,
}

impl KnownProfile {
    pub(crate) fn new(catalogue: Arc<dyn Catalogue>) -> Self {
        let known = RwLock::default();
        Self { catalogue, known }
    }

    /// Listens to changes until the process is `draining`.
    pub(crate) fn follow(self: &Arc<Self>, draining: CancellationToken) {
        let profile = Arc::clone(self);
        let follow = async move {
            loop {
                profile.hear().await;
                tokio::time::sleep(PAUSE).await;
            }
        };
        tokio::spawn(draining.run_until_cancelled_owned(follow));
    }

    async fn hear(&self) {
        let watch = Call::new(WatchStoreSettingsRequest {}, Context::default());
        if let Ok(mut changes) = self.catalogue.watch_store_settings(watch).await {
            while let Some(Ok(settings)) = changes.next().await {
                self.keep(settings);
            }
        }
    }

    /// The profile; before anything was heard of it the catalogue is asked, and without an answer it is the default one.
    pub(crate) async fn get(&self, context: &Context) -> Arc<StoreProfile> {
        if let Some(known) = self.known() {
            return known;
        }
        let call = Call::new(GetStoreSettingsRequest {}, request::dispensable(context));
        match self.catalogue.get_store_settings(call).await {
            // What was heard of meanwhile is newer.
            Ok(settings) => self.known().unwrap_or_else(|| self.keep(settings)),
            Err(_) => Arc::new(StoreProfile::from(StoreSettings {
                name: DEFAULT_STORE_NAME.to_owned(),
                ..StoreSettings::default()
            })),
        }
    }

    fn known(&self) -> Option<Arc<StoreProfile>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep(&self, settings: StoreSettings) -> Arc<StoreProfile> {
        let profile = Arc::new(StoreProfile::from(settings));
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        *known = Some(Arc::clone(&profile));
        profile
    }
}
