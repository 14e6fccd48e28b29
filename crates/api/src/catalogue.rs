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

impl Offer {
    /// Whether it can be bought at a moment: from its first moment up to its end, each of which may be 0, which is "no bound".
    #[must_use]
    pub fn is_open(&self, now_us: i64) -> bool {
        self.available_from_us <= now_us && !self.has_ended(now_us)
    }

    #[must_use]
    pub fn has_ended(&self, now_us: i64) -> bool {
        self.available_until_us != 0 && self.available_until_us <= now_us
    }
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

#[cfg(test)]
mod tests {
    use super::Offer;

    #[test]
    fn an_offer_is_open_from_its_first_moment_until_its_end() {
        let open_at = |available_from_us, available_until_us| {
            let offer = Offer {
                available_from_us,
                available_until_us,
                ..Offer::default()
            };
            [9, 10, 19, 20].map(|now_us| offer.is_open(now_us))
        };
        assert_eq!(open_at(10, 20), [false, true, true, false]);
        assert_eq!(open_at(0, 20), [true, true, true, false]);
        assert_eq!(open_at(10, 0), [false, true, true, true]);
        assert_eq!(open_at(0, 0), [true; 4]);
    }
}
