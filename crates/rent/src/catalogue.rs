//! The client of the catalogue: its messages become rent's types here.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use api::catalogue::{
    BatchGetTitlesRequest, Catalogue, GetMediaRequest, GetOfferRequest, GetStoreSettingsRequest,
    MarkTitleOrderedRequest, OfferDetail, OfferKind, SetTitleOrdersRequest, TitleOrders,
};
use payments::Money;
use tokio::time::Instant;

use crate::fault::{Fault, Result};
use crate::id::{OfferId, TitleId};
use crate::library::entitlement::Holding;
use crate::mail::letterhead::StoreProfile;
use crate::order::offer::Offer;

/// How long a mail waits for the store's settings.
const PROFILE_PATIENCE: Duration = Duration::from_secs(5);

/// The calls that rent makes to the catalogue.
#[derive(Clone)]
pub(crate) struct Offers(Arc<dyn Catalogue>);

impl Offers {
    pub(crate) fn new(catalogue: Arc<dyn Catalogue>) -> Self {
        Self(catalogue)
    }

    /// The offer as it is now. Before any order of it is written, the catalogue records that its title was ordered, so
    /// that it never deletes a title that customers have.
    pub(crate) async fn offer(&self, id: &OfferId, now_us: i64, context: &rpc::Context) -> Result<Offer> {
        let request = GetOfferRequest {
            offer_id: id.to_string(),
        };
        let call = rpc::Call::new(request, context.onward_by_service());
        let detail = self.0.get_offer(call).await;
        let offer = Some(id.clone());
        let not_found = || Fault::OfferNotFound { offer: offer.clone() };
        let detail = detail.map_err(|fault| Fault::of_the_catalogue(&fault, not_found()))?;
        if let Some(known) = detail.offer.as_ref().filter(|_| !detail.title_is_ordered) {
            let request = MarkTitleOrderedRequest {
                title_id: known.title_id.clone(),
            };
            let call = rpc::Call::new(request, context.onward_by_service());
            let marked = self.0.mark_title_ordered(call).await;
            marked.map_err(|fault| Fault::of_the_catalogue(&fault, not_found()))?;
        }
        read(id, detail, now_us)
            .ok_or_else(|| Fault::internal(format!("the catalogue's offer {id} cannot be understood")))
    }

    /// Sends the catalogue how often titles were ordered lately, in place of the earlier numbers.
    pub(crate) async fn tell_orders(&self, orders: &BTreeMap<String, i32>) -> Result<()> {
        let titles = orders.iter().map(|(title_id, orders)| TitleOrders {
            title_id: title_id.clone(),
            orders: *orders,
        });
        let request = SetTitleOrdersRequest {
            titles: titles.collect(),
        };
        let call = rpc::Call::new(request, rpc::Context::default().onward_by_service());
        let told = self.0.set_title_orders(call).await;
        told.map_err(|fault| Fault::of_the_catalogue(&fault, Fault::TitleNotFound))?;
        Ok(())
    }

    /// The settings that mails need.
    pub(crate) async fn store_profile(&self) -> Result<StoreProfile> {
        let context = rpc::Context {
            deadline: Some(Instant::now() + PROFILE_PATIENCE),
            ..rpc::Context::default()
        };
        let asked = self
            .0
            .get_store_settings(rpc::Call::new(GetStoreSettingsRequest {}, context))
            .await;
        // Every store has settings.
        let missing = || Fault::internal("the catalogue has no settings".to_owned());
        let settings = asked.map_err(|fault| Fault::of_the_catalogue(&fault, missing()))?;
        let has_accent = !settings.accent.is_empty();
        Ok(StoreProfile {
            name: settings.name,
            legal_name: settings.legal_name,
            address: settings.address,
            tax_id: settings.tax_id,
            contact_email: settings.contact_email,
            mail_sender: settings.mail_sender,
            accent: has_accent.then_some((settings.accent_light, settings.accent_dark)),
        })
    }

    /// Refuses a title that has no film to play.
    pub(crate) async fn expect_media(&self, id: &TitleId, context: &rpc::Context) -> Result<()> {
        let request = GetMediaRequest {
            title_id: id.to_string(),
        };
        let call = rpc::Call::new(request, context.onward_by_service());
        let media = self.0.get_media(call).await;
        media.map_err(|fault| Fault::of_the_catalogue(&fault, Fault::MediaNotFound))?;
        Ok(())
    }

    /// Refuses a title that the catalogue does not have, or hides.
    pub(crate) async fn expect_title(&self, id: &TitleId, context: &rpc::Context) -> Result<()> {
        let request = BatchGetTitlesRequest {
            title_ids: vec![id.to_string()],
        };
        let call = rpc::Call::new(request, context.onward_by_service());
        let found = self.0.batch_get_titles(call).await;
        let found = found.map_err(|fault| Fault::of_the_catalogue(&fault, Fault::TitleNotFound))?;
        if found.titles.iter().all(|title| title.is_hidden) {
            return Err(Fault::TitleNotFound);
        }
        Ok(())
    }
}

fn read(id: &OfferId, detail: OfferDetail, now_us: i64) -> Option<Offer> {
    let offer = detail.offer?;
    let holding = match offer.kind() {
        OfferKind::Buy => Holding::Purchase,
        OfferKind::Rent if offer.start_window_hours > 0 && offer.viewing_window_hours > 0 => Holding::Rental {
            start_window_hours: offer.start_window_hours,
            viewing_window_hours: offer.viewing_window_hours,
        },
        OfferKind::Rent | OfferKind::Unspecified => return None,
    };
    let is_open = offer.is_open(now_us);
    let price = offer.price?;
    Some(Offer {
        id: id.clone(),
        title: TitleId::parse(&offer.title_id)?,
        title_name: detail.title_name,
        runtime_minutes: detail.runtime_minutes,
        price: Money::parse(price.amount_minor, &price.currency_code)?,
        holding,
        is_open,
        playable: detail.playable,
    })
}
