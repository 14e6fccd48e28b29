//! Films, offers, search: `dvs.catalogue.v1`, and all services of the role catalogue.

use std::sync::Arc;

pub use crate::contracts::dvs::catalogue::v1::*;
use crate::lab::{ClockService, RecordService, clock_service, record_service};

/// Every service of the role catalogue, all at one address.
pub trait Catalogue: CatalogueService + MediaService + SettingsService + RecordService + ClockService {}

impl<T> Catalogue for T where
    T: CatalogueService + MediaService + SettingsService + RecordService + ClockService + ?Sized
{
}

/// The name of a store that was given none.
pub const DEFAULT_STORE_NAME: &str = "Film store";

/// The routes of every service of the role, over gRPC and REST.
pub fn routes(catalogue: &Arc<dyn Catalogue>) -> rpc::Routes {
    let films: Arc<dyn CatalogueService> = catalogue.clone();
    let media: Arc<dyn MediaService> = catalogue.clone();
    let settings: Arc<dyn SettingsService> = catalogue.clone();
    let records: Arc<dyn RecordService> = catalogue.clone();
    let clock: Arc<dyn ClockService> = catalogue.clone();
    catalogue_service::routes(&films)
        .merge(media_service::routes(&media))
        .merge(settings_service::routes(&settings))
        .merge(record_service::routes(&records))
        .merge(clock_service::routes(&clock))
}
